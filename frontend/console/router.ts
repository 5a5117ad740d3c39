import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { homeOf, session } from './session'

// One folder per room; a page is loaded when it is first opened, so that an examiner never loads the desk's code.

declare module 'vue-router' {
  interface RouteMeta {
    /** Whose pages these are: the desk watches and keeps, examiners score. */
    room?: 'desk' | 'scoring'
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./shell/HomePage.vue') },
  {
    path: '/',
    component: () => import('./shell/DeskShell.vue'),
    meta: { room: 'desk' },
    children: [
      { path: 'sittings', name: 'sittings', component: () => import('./sittings/SittingsPage.vue') },
      { path: 'sittings/:sitting', name: 'sitting', component: () => import('./sittings/SittingPage.vue'), props: true },
      {
        path: 'sittings/:sitting/verifications',
        name: 'verifications',
        component: () => import('./verifications/VerificationsPage.vue'),
        props: true,
      },
      { path: 'uploads', name: 'uploads', component: () => import('./uploads/UploadsPage.vue') },
    ],
  },
  {
    path: '/attempts/:attempt',
    name: 'attempt',
    component: () => import('./attempts/AttemptPage.vue'),
    props: true,
    meta: { room: 'desk' },
  },
  {
    path: '/attempts/:attempt/live',
    name: 'live',
    component: () => import('./live/LivePage.vue'),
    props: true,
    meta: { room: 'desk' },
  },
  { path: '/sheets', name: 'sheets', component: () => import('./sheets/SheetsPage.vue'), meta: { room: 'scoring' } },
  {
    path: '/sheets/:sheet',
    name: 'sheet',
    component: () => import('./sheets/SheetPage.vue'),
    props: true,
    meta: { room: 'scoring' },
  },
  { path: '/:anything(.*)*', name: 'nowhere', component: () => import('./shell/NowherePage.vue') },
]

export const router = createRouter({ history: createWebHistory('/console'), routes })

router.beforeEach((to) => {
  if (!session.staff) return true
  const room = session.staff.role === 'examiner' ? 'scoring' : 'desk'
  if (to.name === 'home') return homeOf(session.staff.role)
  if (to.meta.room && to.meta.room !== room) return { name: 'nowhere', params: { anything: to.path.slice(1).split('/') } }
  return true
})
