// What build.mjs makes that TypeScript does not see.
declare module 'messages:index' {
  type Texts = Readonly<Record<string, string>>;
  export const index: Readonly<Record<string, Readonly<Record<'en' | 'fr', () => Promise<{ default: Texts }>>>>>;
}
declare module '*.page.css' {
  const address: string;
  export default address;
}
declare module '*.css';
