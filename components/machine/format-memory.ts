/** Formats a memory size: "512 MB", "1 GB". */
export function formatMemory(memoryMb: number): string {
  return memoryMb % 1_024 === 0 ? `${memoryMb / 1_024} GB` : `${memoryMb} MB`;
}
