// A file to the person's disk.

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken it when the task is over; a minute is plenty.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
