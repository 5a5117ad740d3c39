"""Why a login is refused, in words that say what to do (F2.3)."""

from __future__ import annotations

from zhishi.foundation.kernel.errors import refusal

LoginUnknown = refusal(
    "login_unknown",
    401,
    "准考证号或证件号码后六位不对，请对照准考证重新输入；仍不行请拨打技术服务电话。",
    "Ticket number or the ID number's last six characters are wrong: check your admission ticket, or call support.",
)
LoginTooOften = refusal(
    "login_too_often",
    429,
    "短时间内尝试次数太多，请等一分钟再试；离截止时间不够时请立即拨打技术服务电话。",
    "Too many tries in a short time: wait a minute. If time is running out, call support now.",
)
LoginNotOpen = refusal(
    "login_not_open",
    409,
    "登录还没有开放，到时间后可在本页登录；现在可以先做模拟考试。",
    "Login is not open yet. You can log in here when it opens; a rehearsal is possible now.",
)
LoginClosed = refusal(
    "login_closed",
    409,
    "登录时间已过，系统不再允许登录。如有疑问请拨打技术服务电话。",
    "The login window has closed. If you have a question, call support.",
)
LoginElsewhere = refusal(
    "login_elsewhere",
    409,
    "您已在另一台设备上登录。确认改用本机，那一台会立即退出，并留下记录。",
    "You are logged in on another device. Confirm to use this one: the other is logged out, and it is on record.",
)
LoginMovedAfterEntry = refusal(
    "login_moved_after_entry",
    409,
    "您已在另一台设备上进入考试，不能自行更换设备。请回到原来的浏览器继续；"
    "做不到时请点【申请人工核验】，或立即拨打技术服务电话。",
    "You entered the exam on another device and cannot move it yourself. Go on in that browser; if you cannot, "
    "ask for manual verification or call support now.",
)
PhotoMissing = refusal(
    "photo_missing",
    409,
    "系统里没有您的登记照片，无法核验。请点【申请人工核验】，或立即拨打技术服务电话。",
    "There is no registered photograph of you, so your face cannot be compared. "
    "Ask for manual verification, or call support at once.",
)
PictureCount = refusal(
    "picture_count",
    422,
    "需要三张连续拍摄的照片，请刷新页面后重试。",
    "Three pictures taken one after another are needed: reload the page and try again.",
)
PictureTooLarge = refusal(
    "picture_too_large",
    413,
    "照片太大，请刷新页面后重试。",
    "The picture is too large: reload the page and try again.",
)
PictureUnreadable = refusal(
    "picture_unreadable",
    422,
    "照片无法读取，请刷新页面后重试；仍不行请拨打技术服务电话。",
    "The picture cannot be read: reload the page and try again, or call support.",
)
PictureDimensions = refusal(
    "picture_dimensions",
    422,
    "照片的尺寸不合适（每边 270 至 6000 像素），请换用电脑自带的摄像头重试。",
    "The picture's dimensions do not fit (270 to 6000 pixels a side): try the computer's own camera.",
)
FaceNone = refusal(
    "face_none",
    422,
    "画面里没有找到脸。请正对摄像头，让脸在圆框里，再试一次；不影响考试。",
    "No face was found. Look straight at the camera, face in the oval, and try again; your exam is not affected.",
)
FaceSeveral = refusal(
    "face_several",
    422,
    "画面里不止一张脸，请只留您一人，也请移开照片和海报，再试一次。",
    "More than one face is in view: please be alone, move pictures and posters away, and try again.",
)
FaceTooDark = refusal(
    "face_too_dark",
    422,
    "光线太暗，请打开面前的灯，或转向窗户，再试一次；不影响考试。",
    "It is too dark: switch on a lamp in front of you or turn to the window and try again; your exam is not affected.",
)
FaceTooBright = refusal(
    "face_too_bright",
    422,
    "光线太亮，请避开直射的灯光或阳光，再试一次。",
    "It is too bright: avoid direct light on your face and try again.",
)
FaceBlurred = refusal(
    "face_blurred",
    422,
    "画面模糊，请擦一擦镜头，坐稳后再试一次。",
    "The picture is blurred: wipe the lens, sit still, and try again.",
)
FaceTooFar = refusal(
    "face_too_far",
    422,
    "离摄像头太远，请靠近一些，让脸占满圆框，再试一次。",
    "You are too far away: come closer until your face fills the oval, and try again.",
)
FaceCutOff = refusal(
    "face_cut_off",
    422,
    "脸没有完整地在画面里，请坐到画面中间，再试一次。",
    "Your face is not wholly in the picture: sit in the middle and try again.",
)
FaceNotMatching = refusal(
    "face_not_matching",
    422,
    "与登记照片没有对上。请摘下口罩、帽子和眼镜，正对摄像头再试；多次不通过请点【申请人工核验】。",
    "The face did not match the registered photograph. Take off mask, hat and glasses and look straight at the camera; "
    "if it fails again, ask for manual verification.",
)
FaceInconsistent = refusal(
    "face_inconsistent",
    422,
    "连拍的三张照片不像同一个人，请保持不动，画面里只留您一人，再试一次。",
    "The three pictures do not look like the same person: keep still, be alone in view, and try again.",
)
ConsentMissing = refusal(
    "consent_missing",
    409,
    "人脸登录前请先阅读并同意人脸信息处理同意书；不同意的，请点【申请人工核验】。",
    "Before a face login, read the consent to face processing and agree to it; or ask for staff verification instead.",
)
VerificationUnknown = refusal(
    "verification_unknown",
    401,
    "没有找到您的核验申请，请在登录页重新申请；仍不行请拨打技术服务电话。",
    "Your request is not known here: ask again on the login page, or call support.",
)
VerificationDecided = refusal(
    "verification_decided",
    409,
    "这项核验申请已经处理过或已撤回，请看最新的状态。",
    "This request was decided or withdrawn already: please look at its present state.",
)
VerificationTooLate = refusal(
    "verification_too_late",
    409,
    "这位考生的考试已经结束，通过核验也不能再进入。请选择不通过，并写明原因。",
    "This candidate's exam is over: letting them in would lead nowhere. Refuse, and give the reason.",
)
VerificationWaiting = refusal(
    "verification_waiting",
    409,
    "工作人员还没有核验，请在本页等候，通过后会自动进入。",
    "Staff have not decided yet: please wait on this page, it goes on by itself.",
)
VerificationExpired = refusal(
    "verification_expired",
    409,
    "这次核验通过后太久没有使用，已失效。请重新登录或再申请一次。",
    "This grant was not used for too long: log in again, or ask once more.",
)
HomeLoginUnknown = refusal(
    "home_login_unknown",
    401,
    "准考证号、证件号码后六位或首页口令不对，请对照准考证重新输入；仍不行请拨打技术服务电话。",
    "Ticket number, ID characters or home secret are wrong: check your admission ticket, or call support.",
)
HomeSecretUsed = refusal(
    "home_secret_used",
    409,
    "这个首页口令已在另一个浏览器里用过。请用人脸登录（模拟考试随时可做，登录后也能到首页），或请技术服务换一个新口令。",
    "This secret was used in another browser. Log in by face (a rehearsal is possible at any time and leads here too), "
    "or ask support for a new one.",
)
HomeNotOpen = refusal(
    "home_not_open",
    401,
    "请先登录考生首页；也可以从人脸登录进入。",
    "Please log in to your home page first, or come from a face login.",
)
