export { useFarewell } from '@shared/page/farewell'
