import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// One build, four entries. The server maps `/`, `/phone`, `/console` and (in demo mode) `/demo` to their pages.
export default defineConfig({
  root: here('.'),
  plugins: [vue()],
  resolve: { alias: { '@shared': here('./shared') } },
  worker: { format: 'es' },
  build: {
    outDir: here('../src/zhishi/web/dist'),
    emptyOutDir: true,
    // A strict CSP forbids data: scripts and fonts; every asset is a file of its own.
    assetsInlineLimit: 0,
    target: 'chrome109',
    rollupOptions: {
      input: {
        candidate: here('./candidate/index.html'),
        phone: here('./phone/index.html'),
        console: here('./console/index.html'),
        demo: here('./demo/index.html'),
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
})
