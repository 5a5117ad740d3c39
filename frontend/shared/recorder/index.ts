export { ServerClock, type ClockStep } from './clock'
export { Heartbeat } from './heartbeat'
export { totalMs, type Interval } from './intervals'
export {
  askCamera,
  askMicrophone,
  askPicture,
  askScreen,
  MediaFailure,
  surfaceOf,
  type CameraChoice,
  type MediaCause,
  type MediaDevice,
  type Surface,
} from './media'
export type {
  AttemptUploads,
  ClosureReason,
  Forgetting,
  HeartbeatAnswer,
  MadePackage,
  MicrophoneState,
  PackageWish,
  PictureState,
  SpoolStorage,
  Track,
  TrackKind,
  TrackUploads,
  UploadsState,
} from './messages'
export { Microphone } from './microphone'
export {
  Recorder,
  RecorderElsewhere,
  type ComputerKind,
  type RecorderOptions,
  type RecorderState,
  type RecorderTrackState,
} from './recorder'
export { recorderLock } from './recovery'
export { RECORDING_SETTINGS, type PictureSettings, type RecordingSettings } from './settings'
export { recordingSupport, type RecordingSupport } from './support'
export { SpoolFailure } from './spool'
export { Uploads } from './uploads'
