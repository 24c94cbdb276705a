<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>DemoStrip</name>
    <message>
        <source>DEMO: a simulated phone and a scripted model; the processes, the store and adb are the real ones.</source>
        <translation>演示：手机是模拟的，模型按脚本作答；各个进程、存储和 adb 都是真的。</translation>
    </message>
    <message>
        <source>What a crash does: the task&apos;s worker process is killed in the middle of its work</source>
        <translation>看看崩溃会怎样：任务的工作进程会在执行途中被杀掉</translation>
    </message>
    <message>
        <source>Kill the worker (kill -9)</source>
        <translation>杀掉工作进程（kill -9）</translation>
    </message>
    <message>
        <source>Run the sample again</source>
        <translation>再运行一次示例</translation>
    </message>
    <message>
        <source>Queue “Open Settings and turn on dark mode”</source>
        <translation>将“打开设置并开启深色模式”加入队列</translation>
    </message>
    <message>
        <source>Add a contact (张三)</source>
        <translation>添加联系人（张三）</translation>
    </message>
    <message>
        <source>Queue a task that types Chinese</source>
        <translation>将一个需要输入中文的任务加入队列</translation>
    </message>
    <message>
        <source>Check the store against its log and its pictures, beside everything else</source>
        <translation>对照日志和截图检查存储，不影响其他工作</translation>
    </message>
    <message>
        <source>Use my own phone…</source>
        <translation>使用我自己的手机…</translation>
    </message>
    <message>
        <source>Verifying…</source>
        <translation>正在校验…</translation>
    </message>
    <message>
        <source>Verify the store</source>
        <translation>校验存储</translation>
    </message>
    <message>
        <source>Open Settings and turn on dark mode</source>
        <translation>打开设置并开启深色模式</translation>
    </message>
    <message>
        <source>Add a contact 张三 with number 13800138000</source>
        <translation>添加联系人张三，号码13800138000</translation>
    </message>
    <message>
        <source>Verified: nothing is missing, and the store says the same as its log.</source>
        <translation>校验完成：没有任何缺失，存储与日志一致。</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) are wrong: see `stepwell logs gui`.</source>
        <translation>
            <numerusform>发现 %n 处问题：请查看 `stepwell logs gui`。</numerusform>
        </translation>
    </message>
    <message>
        <source>The store could not be verified (code %1).</source>
        <translation>无法校验存储（代码 %1）。</translation>
    </message>
</context>
<context>
    <name>KillStory</name>
    <message>
        <source>%1 (pid %2) was sent kill -9 while it worked on task %3.</source>
        <translation>%1（pid %2）正在执行任务 %3 时被 kill -9。</translation>
    </message>
    <message>
        <source>The store says what is true: the task is %1, with %2 recorded.</source>
        <translation>存储如实记录：任务状态为“%1”，已记录 %2。</translation>
    </message>
    <message>
        <source>No action was in flight: every recorded outcome is known.</source>
        <translation>当时没有正在执行的操作：所有已记录的结果都是确定的。</translation>
    </message>
    <message>
        <source>Step %1, %2, may have happened; nothing repeats it by itself.</source>
        <translation>第 %1 步（%2）可能已经执行；系统不会自动重复它。</translation>
    </message>
    <message>
        <source>%1 is back as pid %2.</source>
        <translation>%1 已恢复，新的 pid 为 %2。</translation>
    </message>
    <message>
        <source>%1 is held, so that nothing begins before you have looked at it: press Release then.</source>
        <translation>%1 已暂缓，在你查看之前不会开始任何任务：查看后请按“放行”。</translation>
    </message>
</context>
<context>
    <name>PastTexts</name>
    <message>
        <source>Texts of earlier tasks (Up in the first line)</source>
        <translation>以前的任务文本（在第一行按 ↑）</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>最近</translation>
    </message>
    <message>
        <source>No task was queued from here yet</source>
        <translation>还没有从这里提交过任务</translation>
    </message>
</context>
<context>
    <name>PhoneGuide</name>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>← Back</source>
        <translation>← 返回</translation>
    </message>
    <message>
        <source>Back to the phones</source>
        <translation>返回手机列表</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Look again at what is there</source>
        <translation>再次检查当前环境</translation>
    </message>
    <message>
        <source>Looking at what is there…</source>
        <translation>正在检查当前环境…</translation>
    </message>
    <message>
        <source>What this computer sees</source>
        <translation>本机检查结果</translation>
    </message>
    <message>
        <source>Add a phone</source>
        <translation>添加手机</translation>
    </message>
    <message>
        <source>On the phone: Settings → About phone, tap “Build number” seven times.</source>
        <translation>在手机上：设置 → 关于手机，连续点按“版本号”七次。</translation>
    </message>
    <message>
        <source>In Settings → System → Developer options, switch “USB debugging” on.</source>
        <translation>在设置 → 系统 → 开发者选项中，打开“USB 调试”。</translation>
    </message>
    <message>
        <source>Connect it by a cable that carries data, and allow this computer on the phone&apos;s screen.</source>
        <translation>用能传输数据的数据线连接手机，并在手机屏幕上允许这台电脑调试。</translation>
    </message>
    <message>
        <source>In Settings here, name the model&apos;s endpoint: screenshots of the phone are sent to it.</source>
        <translation>在本窗口的“设置”中填写模型的接口地址：手机截图会发送到那里。</translation>
    </message>
    <message>
        <source>Close this demo and run `stepwell up`: a real window opens, with its own records.</source>
        <translation>关闭演示，运行 `stepwell up`：会打开正式的窗口，记录单独保存。</translation>
    </message>
    <message>
        <source>Stepwell&apos;s home: %1</source>
        <translation>Stepwell 主目录：%1</translation>
    </message>
    <message>
        <source>The checks could not be made. Run `stepwell doctor` in a terminal.</source>
        <translation>无法完成检查。请在终端运行 `stepwell doctor`。</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) must be mended.</source>
        <translation>
            <numerusform>有 %n 项需要处理。</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing must be mended.</source>
        <translation>没有需要处理的问题。</translation>
    </message>
    <message>
        <source>ok</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>wrong</source>
        <translation>有误</translation>
    </message>
    <message>
        <source>note</source>
        <translation>提示</translation>
    </message>
</context>
<context>
    <name>PhonesPage</name>
    <message>
        <source>Nothing to stop here: select a phone that works, or a waiting task.</source>
        <translation>这里没有可停止的任务：请选择正在工作的手机，或排队中的任务。</translation>
    </message>
    <message>
        <source>+ Add a phone</source>
        <translation>+ 添加手机</translation>
    </message>
    <message>
        <source>What is needed, step by step</source>
        <translation>一步一步说明需要什么</translation>
    </message>
    <message>
        <source>Phones</source>
        <translation>手机</translation>
    </message>
    <message>
        <source>Connect an Android phone with USB debugging on: it appears here as soon as a worker sees it.</source>
        <translation>连接一部已打开 USB 调试的安卓手机，工作进程识别后就会显示在这里。</translation>
    </message>
    <message>
        <source>Its records lie in %1.</source>
        <translation>记录保存在 %1。</translation>
    </message>
    <message>
        <source>No phone yet</source>
        <translation>还没有手机</translation>
    </message>
    <message>
        <source>Add a phone</source>
        <translation>添加手机</translation>
    </message>
</context>
<context>
    <name>QueueModel</name>
    <message>
        <source>cancelling… (not recorded yet)</source>
        <translation>正在取消…（尚未记录）</translation>
    </message>
    <message>
        <source>any phone</source>
        <translation>任意手机</translation>
    </message>
    <message>
        <source>queued %1</source>
        <translation>%1提交</translation>
    </message>
    <message>
        <source>held: %1</source>
        <translation>已暂缓：%1</translation>
    </message>
</context>
<context>
    <name>QueuePanel</name>
    <message>
        <source>Nothing waits. A task that you queue begins as soon as a phone is free.</source>
        <translation>没有等待中的任务。提交的任务会在有手机空闲时立即开始。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Show the task in Run (Enter)</source>
        <translation>在“运行”页查看该任务（回车）</translation>
    </message>
    <message>
        <source>Cancel task</source>
        <translation>取消任务</translation>
    </message>
    <message>
        <source>Take it out of the queue (Del or Ctrl+.)</source>
        <translation>移出队列（Del 或 Ctrl+.）</translation>
    </message>
    <message>
        <source>Queue (%1)</source>
        <translation>队列（%1）</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>还有 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>phone</source>
        <translation>手机</translation>
    </message>
    <message>
        <source>Release %1</source>
        <translation>放行 %1</translation>
    </message>
    <message>
        <source>Hold %1</source>
        <translation>暂缓 %1</translation>
    </message>
</context>
<context>
    <name>ScriptField</name>
    <message>
        <source>Script (YAML)</source>
        <translation>脚本（YAML）</translation>
    </message>
    <message>
        <source>A list of actions, one a line</source>
        <translation>操作列表，每行一个</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>Take the script from a file</source>
        <translation>从文件读取脚本</translation>
    </message>
    <message>
        <source>Choose a script</source>
        <translation>选择脚本</translation>
    </message>
    <message>
        <source>Scripts (*.yaml *.yml)</source>
        <translation>脚本 (*.yaml *.yml)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>The file cannot be used: %1</source>
        <translation>无法使用该文件：%1</translation>
    </message>
</context>
<context>
    <name>Starting</name>
    <message>
        <source>Stepwell is starting</source>
        <translation>Stepwell 正在启动</translation>
    </message>
    <message>
        <source>the store</source>
        <translation>存储</translation>
    </message>
    <message>
        <source>a worker</source>
        <translation>工作进程</translation>
    </message>
    <message>
        <source>the simulated phone</source>
        <translation>模拟手机</translation>
    </message>
    <message>
        <source>the scripted model</source>
        <translation>脚本模型</translation>
    </message>
    <message>
        <source>starts</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
</context>
<context>
    <name>TaskInputWidget</name>
    <message>
        <source>No worker is ready to take a task: see the lights at the top right.</source>
        <translation>没有工作进程可以接收任务：请看右上角的状态灯。</translation>
    </message>
    <message numerus="yes">
        <source>For %n phone(s), a task each: </source>
        <translation>
            <numerusform>由 %n 部手机各执行一次：</numerusform>
        </translation>
    </message>
    <message>
        <source>For %1</source>
        <translation>由 %1 执行</translation>
    </message>
    <message>
        <source>For any phone</source>
        <translation>任意手机执行</translation>
    </message>
    <message>
        <source>What is to be done</source>
        <translation>要做什么</translation>
    </message>
    <message>
        <source>What is to be done? For example: Open Settings and turn on dark mode</source>
        <translation>要做什么？例如：打开设置并开启深色模式</translation>
    </message>
    <message>
        <source>Ctrl+Enter queues the task; Up brings earlier ones</source>
        <translation>Ctrl+Enter 提交任务；按 ↑ 调出以前的任务</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>Agent, model, limits, check</source>
        <translation>智能体、模型、限制、检查</translation>
    </message>
    <message>
        <source>Any phone</source>
        <translation>任意手机</translation>
    </message>
    <message>
        <source>Choose no phone: any free one takes it</source>
        <translation>不指定手机：由任意一部空闲手机执行</translation>
    </message>
    <message>
        <source>Queue the task (Ctrl+Enter)</source>
        <translation>提交任务（Ctrl+Enter）</translation>
    </message>
    <message>
        <source>Queue task</source>
        <translation>提交任务</translation>
    </message>
    <message>
        <source>New task</source>
        <translation>新任务</translation>
    </message>
    <message>
        <source>Options ▴</source>
        <translation>选项 ▴</translation>
    </message>
    <message>
        <source>Options ▾</source>
        <translation>选项 ▾</translation>
    </message>
    <message>
        <source>Queuing…</source>
        <translation>正在提交…</translation>
    </message>
    <message>
        <source>Confirmed by now: %1 was queued.</source>
        <translation>现已确认：%1 已在队列中。</translation>
    </message>
    <message>
        <source>Not confirmed: %1. Queue it again: it will not be queued twice.</source>
        <translation>未确认：%1。请再次提交，不会重复创建任务。</translation>
    </message>
</context>
<context>
    <name>TaskOptions</name>
    <message>
        <source>Success is checked: this text must stand on the screen at the end</source>
        <translation>用于检查是否成功：结束时屏幕上必须出现这段文字</translation>
    </message>
    <message>
        <source>The task ends as failed when it has taken so many steps, 1 to 100,000</source>
        <translation>达到该步数仍未完成则任务失败，1 到 100,000</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>The model profile that is asked; see Settings</source>
        <translation>使用的模型配置，见“设置”</translation>
    </message>
    <message>
        <source>Steps at most</source>
        <translation>最多步数</translation>
    </message>
    <message>
        <source>Time limit in seconds</source>
        <translation>时间限制（秒）</translation>
    </message>
    <message>
        <source>The task ends as failed after that time</source>
        <translation>超过该时间任务即告失败</translation>
    </message>
    <message>
        <source>Text expected at the end</source>
        <translation>结束时应出现的文字</translation>
    </message>
    <message>
        <source>Phone: asks a model</source>
        <translation>手机：由模型操作</translation>
    </message>
    <message>
        <source>Script: no model</source>
        <translation>脚本：不用模型</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>not checked</source>
        <translation>不检查</translation>
    </message>
    <message>
        <source>The demo&apos;s scripted model</source>
        <translation>演示用的脚本模型</translation>
    </message>
    <message>
        <source>None is set up</source>
        <translation>尚未配置</translation>
    </message>
    <message>
        <source>Choose one</source>
        <translation>请选择</translation>
    </message>
    <message>
        <source>Default: %1</source>
        <translation>默认：%1</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>智能体</translation>
    </message>
</context>
<context>
    <name>Templates</name>
    <message>
        <source>Templates</source>
        <translation>模板</translation>
    </message>
    <message>
        <source>Tasks that you keep under a name</source>
        <translation>以名称保存的任务</translation>
    </message>
    <message>
        <source>Save this task as a template…</source>
        <translation>将此任务保存为模板…</translation>
    </message>
    <message>
        <source>Delete a template</source>
        <translation>删除模板</translation>
    </message>
    <message>
        <source>Save as a template</source>
        <translation>保存为模板</translation>
    </message>
    <message>
        <source>Name (an existing template of this name is replaced):</source>
        <translation>名称（同名模板会被替换）：</translation>
    </message>
</context>
<context>
    <name>Thumb</name>
    <message>
        <source>Newest screen</source>
        <translation>最新屏幕</translation>
    </message>
    <message>
        <source>no picture yet</source>
        <translation>暂无截图</translation>
    </message>
</context>
<context>
    <name>Tile</name>
    <message>
        <source>Space chooses this phone for the next task, Enter opens its task</source>
        <translation>空格：为下一个任务选择这部手机；回车：打开它的任务</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Show its task in Run</source>
        <translation>在“运行”页查看它的任务</translation>
    </message>
    <message>
        <source>Stop its task (Ctrl+.)</source>
        <translation>停止它的任务（Ctrl+.）</translation>
    </message>
    <message>
        <source>stopping… (not recorded yet)</source>
        <translation>正在停止…（尚未记录）</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Release</source>
        <translation>放行</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>暂缓</translation>
    </message>
    <message>
        <source>Let waiting tasks begin here again</source>
        <translation>让等待中的任务可以再次在这部手机上开始</translation>
    </message>
    <message>
        <source>Let no task begin here</source>
        <translation>不让任何任务在这部手机上开始</translation>
    </message>
    <message>
        <source>chosen for the next task</source>
        <translation>已选为下一个任务的手机</translation>
    </message>
</context>
<context>
    <name>_QueueList</name>
    <message>
        <source>Waiting tasks</source>
        <translation>等待中的任务</translation>
    </message>
</context>
<context>
    <name>task</name>
    <message>
        <source>Say what is to be done.</source>
        <translation>请写明要做什么。</translation>
    </message>
    <message>
        <source>The text has %1 KiB; at most 64 KiB can be queued.</source>
        <translation>文本有 %1 KiB，最多 64 KiB。</translation>
    </message>
    <message>
        <source>Write the script, a YAML list of actions, or choose a file.</source>
        <translation>请写出脚本（YAML 操作列表），或选择一个文件。</translation>
    </message>
    <message>
        <source>The script is too long: at most 131,072 characters.</source>
        <translation>脚本太长：最多 131,072 个字符。</translation>
    </message>
    <message>
        <source>No model profile is set up yet: add one in Settings.</source>
        <translation>还没有模型配置：请在“设置”中添加。</translation>
    </message>
    <message>
        <source>Choose a model profile.</source>
        <translation>请选择模型配置。</translation>
    </message>
    <message>
        <source>There is no model profile “%1”.</source>
        <translation>没有名为“%1”的模型配置。</translation>
    </message>
    <message>
        <source>A whole number from 1 to 100,000.</source>
        <translation>请输入 1 到 100,000 之间的整数。</translation>
    </message>
    <message>
        <source>A number of seconds above 0.</source>
        <translation>请输入大于 0 的秒数。</translation>
    </message>
    <message>
        <source>At most 4,096 characters.</source>
        <translation>最多 4,096 个字符。</translation>
    </message>
    <message>
        <source>Queued as %1.</source>
        <translation>已提交，编号 %1。</translation>
    </message>
    <message>
        <source>It is held: it begins when its phone is released.</source>
        <translation>任务已暂缓：放行它的手机后开始。</translation>
    </message>
    <message>
        <source>It waits until %1 is connected.</source>
        <translation>等待 %1 连接。</translation>
    </message>
    <message>
        <source>It waits until a phone is connected.</source>
        <translation>等待有手机连接。</translation>
    </message>
    <message>
        <source>It waits for a release: %1.</source>
        <translation>等待放行：%1。</translation>
    </message>
    <message>
        <source>It waits for the task on %1 to end.</source>
        <translation>等待 %1 上的任务结束。</translation>
    </message>
    <message>
        <source>It waits for the next free phone.</source>
        <translation>等待下一部空闲的手机。</translation>
    </message>
    <message>
        <source>It begins at once.</source>
        <translation>马上开始。</translation>
    </message>
    <message>
        <source>Not confirmed: no answer about %1. Queue it again: it will not be queued twice.</source>
        <translation>未确认：没有收到 %1 的答复。请再次提交，不会重复创建任务。</translation>
    </message>
</context>
<context>
    <name>tile</name>
    <message>
        <source>Held: %1</source>
        <translation>已暂缓：%1</translation>
    </message>
    <message>
        <source>No task yet</source>
        <translation>还没有任务</translation>
    </message>
    <message>
        <source>away</source>
        <translation>不在线</translation>
    </message>
    <message>
        <source>held</source>
        <translation>已暂缓</translation>
    </message>
    <message>
        <source>free</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>Step %1 of at most %2</source>
        <translation>第 %1 步，最多 %2 步</translation>
    </message>
    <message>
        <source>Last task: %1</source>
        <translation>上次任务：%1</translation>
    </message>
</context>
</TS>
