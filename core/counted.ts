/** `1 record`, `2,000 records`: for messages. */
export function counted(value: number, one: string, more = `${one}s`): string {
  return `${value.toLocaleString("en-US")} ${value === 1 ? one : more}`;
}
