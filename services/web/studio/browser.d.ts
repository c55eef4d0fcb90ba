/** What Vite lets a module import besides code: style sheets, texts and files. */
/// <reference types="vite/client" />
