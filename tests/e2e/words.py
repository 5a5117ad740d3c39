"""What stands on the pages and buttons that the tests look for, in both languages, written out by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One language of the candidate's pages."""

    locale: str
    to_login: str
    try_screen: str
    ticket: str
    id_tail: str
    agree: str
    face_login: str
    ask_staff: str
    go_on: str
    have_read: str
    typed_code: str
    without_phone: str
    card: str
    onward: str
    leave_to_system: str
    enter: str
    refresh: str
    confirm_devices: str
    appears: str
    refresh_question: str
    help: str
    end: str
    confirm: str
    confirmed: str
    home: str
    share_again: str
    steps: tuple[str, ...]


ZH = Words(
    locale="zh-CN",
    to_login="去人脸登录",
    try_screen="屏幕共享 试一次",
    ticket="准考证号",
    id_tail="证件号码后六位",
    agree="我已阅读并同意",
    face_login="人脸登录",
    ask_staff="申请人工核验",
    go_on="继续",
    have_read="我已阅读",
    typed_code="智试通二维码",
    without_phone="暂时没有手机，继续",
    card="第 {n} 张",
    onward="下一步",
    leave_to_system="由系统分配",
    enter="进入考试",
    refresh="刷新",
    confirm_devices="确认设备",
    appears="题目自动出现在这里",
    refresh_question="刷新题目",
    help="求助",
    end="结束考试",
    confirm="确认",
    confirmed="录像已全部上传并确认",
    home="返回首页",
    share_again="重新共享整个屏幕",
    steps=(
        "设备准备",
        "人脸登录",
        "阅读考试流程",
        "佐证绑定",
        "抽签",
        "阅读考试附件",
        "进入考试",
        "设备确认",
        "开始答题",
        "结束考试",
    ),
)

EN = Words(
    locale="en",
    to_login="Go to face login",
    try_screen="Screen sharing Try it",
    ticket="Ticket number",
    id_tail="Last six characters of your ID number",
    agree="I have read and agree to",
    face_login="Log in by face",
    ask_staff="Ask for staff verification",
    go_on="Continue",
    have_read="I have read this",
    typed_code="Show the binding code",
    without_phone="No phone for now, continue",
    card="Card {n}",
    onward="Next",
    leave_to_system="Let the system assign one",
    enter="Enter exam",
    refresh="Refresh",
    confirm_devices="Confirm devices",
    appears="The question appears here by itself",
    refresh_question="Refresh question",
    help="Help",
    end="End the exam",
    confirm="Confirm",
    confirmed="The recording is uploaded and confirmed",
    home="Return home",
    share_again="Share the whole screen again",
    steps=(
        "Devices",
        "Face login",
        "Procedure",
        "Phone binding",
        "Draw a lot",
        "Documents",
        "Enter exam",
        "Confirm devices",
        "Answering",
        "Finish",
    ),
)
