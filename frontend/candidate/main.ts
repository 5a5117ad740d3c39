import '@shared/styles.css'
import { setupI18n } from '@shared/i18n'
import { createApp } from 'vue'
import App from './App.vue'
import en from './locales/en.json'
import zhCN from './locales/zh-CN.json'

createApp(App)
  .use(setupI18n({ 'zh-CN': zhCN, en }))
  .mount('#app')
