"""What the demonstration is about: texts, questions and a scheme, all made for it."""

from __future__ import annotations

from zhishi.after.scoring.schemas import Band, ElementView, SchemeView
from zhishi.before.exams.rules import AttachmentKind
from zhishi.before.papers.schemas import PaperContent, Question

EXAM_TITLE = "示范市事业单位公开招聘线上面试（演示）"
TIME_ZONE = "Asia/Shanghai"
POSTS = ("综合管理岗", "社区服务岗", "信息技术岗", "财务管理岗")

NAMES = (
    *("陈思远", "林若溪", "周明哲", "吴雨桐", "郑浩然", "孙静怡", "马俊杰", "朱婉清", "胡志强", "郭晓彤"),
    *("何文博", "高雅琴", "罗子轩", "梁诗涵", "宋嘉豪", "唐梦瑶", "许建国", "邓慧敏", "冯一鸣", "曹丽娟"),
    *("彭子墨", "曾雪莹", "萧天佑", "田芳华", "董思琪", "袁立新"),
)

PAPER = PaperContent(
    questions=[
        Question(
            title="第一题",
            text="社区把一间闲置的仓库改成了公共自习室，周末常常坐满，附近的老人觉得少了活动的地方。"
            "有人主张错开时间使用，有人主张另找场地。请谈谈您的看法。",
        ),
        Question(
            title="第二题",
            text="单位让您在两周内组织一次面向五个社区的便民服务日，可以调动的只有四名同事，其中两名刚刚入职。"
            "您准备怎样安排？",
        ),
    ],
    note="读题和作答合计计时，请自行分配时间，用普通话作答。",
)

REHEARSAL_PAPER = PaperContent(
    questions=[
        Question(title="模拟题", text="请用一分钟介绍您理解的一次好的服务是什么样的，并举一个生活中的例子。"),
    ],
    note="这是模拟考试，不计成绩，可以反复练习。请不要说出自己的姓名。",
)

ATTACHMENTS = (
    (
        AttachmentKind.PROCEDURE,
        "线上面试流程",
        "整个流程共十步：设备准备、人脸登录、阅读流程、佐证绑定、抽签、阅读附件、进入考试、设备确认、开始答题、结束考试。"
        "每一页都会写明现在是第几步、要做什么、接下来是什么。进入考试后摄像头、麦克风和屏幕开始录制，直到考试结束。",
    ),
    (
        AttachmentKind.PLEDGE,
        "考生诚信承诺书",
        "我承诺：由本人独立参加考试，所提供的信息真实；考试期间不查阅资料，不接受他人帮助；"
        "不记录、不传播试题；服从工作人员安排。如有违反，愿意接受相应处理。",
    ),
    (
        AttachmentKind.NOTICE,
        "在线考试须知",
        "请在安静、明亮、只有您一人的房间参加考试，只使用一个显示器。网络中断时请继续作答，录像保存在本机，"
        "恢复后自动上传。遇到困难请拨打页面右上角的技术服务电话。",
    ),
    (
        AttachmentKind.RULES,
        "线上面试考试规则",
        "考试规则共十条，涉及违纪、作弊的认定和处理，视频缺失的责任，以及上传失败时在结束后三十分钟内报告的要求。"
        "系统只记录情况，是否违反规则由工作人员依据证据判断。",
    ),
)


def _bands(top: tuple[str, str], good: tuple[str, str], fair: tuple[str, str], poor: tuple[str, str]) -> list[Band]:
    """Four bands of one element, from best to worst, each as (from, to)."""
    labels = ("优", "良", "中", "差")
    return [
        Band(from_mark=low, to_mark=high, label=label)
        for label, (low, high) in zip(labels, (top, good, fair, poor), strict=True)
    ]


_OF_25 = _bands(("21", "25"), ("16", "20.5"), ("11", "15.5"), ("0", "10.5"))

SCHEME = SchemeView(
    maximum="100",
    step="0.5",
    elements=[
        ElementView(
            key="analysis",
            title="综合分析",
            maximum="25",
            description="能否看到问题的几个方面，观点明确，论据具体，结论站得住。",
            bands=_OF_25,
        ),
        ElementView(
            key="organising",
            title="计划组织",
            maximum="25",
            description="目标、分工、时间和主要困难是否想到，办法是否可行。",
            bands=_OF_25,
        ),
        ElementView(
            key="response",
            title="应变与沟通",
            maximum="25",
            description="面对变化和不同意见是否沉着，是否先听再说，能否兼顾各方。",
            bands=_OF_25,
        ),
        ElementView(
            key="expression",
            title="言语表达",
            maximum="15",
            description="条理是否清楚，用语是否准确，语速是否合适。",
            bands=_bands(("12.5", "15"), ("9.5", "12"), ("6.5", "9"), ("0", "6")),
        ),
        ElementView(
            key="bearing",
            title="举止仪表",
            maximum="10",
            description="是否自然、稳重、得体。",
            bands=_bands(("9", "10"), ("7", "8.5"), ("5", "6.5"), ("0", "4.5")),
        ),
    ],
)
