/** Image files and tables that the user brings, as data sets. Everything is done in short pieces, so that the page answers. */
import { refuseLarge } from "../state/files.js";
import type { UploadedSet } from "../worker/protocol.js";
import { ImageTableReader } from "./csv.js";
import { labelled } from "./labels.js";

const mebibyte = 2 ** 20;
const largestTable = 40 * mebibyte;
const largestImage = 20 * mebibyte;
const mostImages = 20_000;
/** Bytes of a table that are read at once. */
const piece = 128 * 1024;

export interface FileAt {
  readonly file: File;
  readonly path: string;
}

/** What the user's images become. */
export interface ImageForm {
  readonly side: number;
  readonly channels: 1 | 3;
}

/** Hears how far it is, from 0 to 1. */
type Progress = (share: number) => void;

/** What files give before it has a name. */
export type Images = Omit<UploadedSet, "name"> & {
  /** How the classes were told. */
  readonly by: "folder" | "name" | "label";
};

/**
 * Reads a table of images.
 * @throws Error naming line and column of what is wrong, or that the file is too large
 */
export async function readTable(file: File, progress: Progress): Promise<Images> {
  refuseLarge(file, largestTable, "a table");
  if (file.size === 0) throw new Error(`${file.name} is empty`);
  const reader = new ImageTableReader(file.name);
  for (let start = 0; start < file.size; start += piece) {
    reader.push(new Uint8Array(await file.slice(start, start + piece).arrayBuffer()));
    progress(start / file.size);
    await turn();
  }
  return { ...reader.end(), by: "label" };
}

/**
 * Reads images, their middle squares made as large as `form` says.
 * @throws Error naming the first file that is no image, or too large
 */
export async function readImages(
  all: readonly FileAt[],
  { side, channels }: ImageForm,
  progress: Progress,
): Promise<Images> {
  const images = all.filter(({ file, path }) => !path.split("/").at(-1)?.startsWith(".") && isImage(file));
  const other = all.find(({ file, path }) => !path.split("/").at(-1)?.startsWith(".") && !isImage(file));
  if (images.length === 0 && other !== undefined)
    throw new Error(`${other.path} is no image; PNG and JPEG always work.`);
  if (images.length > mostImages)
    throw new Error(`these are ${images.length} images; the page takes ${mostImages} at most.`);
  const { classes, labels, files, by } = labelled(images);
  const size = channels * side * side;
  const pixels = new Uint8Array(files.length * size);
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  for (const [i, { file, path }] of files.entries()) {
    await draw(context, file, path, side);
    copyPixels(
      context.getImageData(0, 0, side, side).data,
      pixels.subarray(i * size, (i + 1) * size),
      channels,
    );
    progress(i / files.length);
    if (i % 8 === 7) await turn();
  }
  return { classes, channels, height: side, width: side, pixels, labels, by };
}

const isImage = (file: File) => file.type.startsWith("image/");

/** The middle square, on white where it is transparent. */
async function draw(
  context: OffscreenCanvasRenderingContext2D,
  file: File,
  path: string,
  side: number,
): Promise<void> {
  refuseLarge(file, largestImage, "an image", path);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${path} is no image that this browser can read; PNG and JPEG always work.`);
  }
  const square = Math.min(bitmap.width, bitmap.height);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.drawImage(
    bitmap,
    (bitmap.width - square) / 2,
    (bitmap.height - square) / 2,
    square,
    square,
    0,
    0,
    side,
    side,
  );
  bitmap.close();
}

/** From red, green, blue and alpha, pixel by pixel, to planes; grey is luminance (ITU-R BT.601). */
function copyPixels(rgba: Uint8ClampedArray, to: Uint8Array, channels: 1 | 3): void {
  const count = rgba.length / 4;
  for (let i = 0; i < count; i++) {
    const [red, green, blue] = [rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]] as [number, number, number];
    if (channels === 1) to[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    else {
      to[i] = red;
      to[count + i] = green;
      to[2 * count + i] = blue;
    }
  }
}

/** Lets the page answer. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

/** All files of what was dropped on the page, also those in folders. */
export async function droppedFiles(items: DataTransferItemList): Promise<FileAt[]> {
  // The list is empty after the first wait.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: FileAt[] = [];
  for (const entry of entries) await collect(entry, files);
  return files;
}

// By what they say of themselves: not every browser gives these classes names.
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

async function collect(entry: FileSystemEntry, files: FileAt[]): Promise<void> {
  if (files.length > mostImages) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    files.push({ file, path: entry.fullPath.slice(1) });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    // A folder's files come in portions, the last of them empty.
    for (;;) {
      const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (entries.length === 0) break;
      for (const inner of entries) await collect(inner, files);
    }
  }
}
