<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>AboutSection</name>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Stepwell %1, a control room for agents that operate phones.</source>
        <translation>Stepwell %1，手机操作智能体的控制中心。</translation>
    </message>
    <message>
        <source>Store</source>
        <translation>存储</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>主目录</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置文件</translation>
    </message>
    <message>
        <source>Copy the folder&apos;s path</source>
        <translation>复制文件夹路径</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>the store has not said anything yet</source>
        <translation>存储尚未应答</translation>
    </message>
    <message>
        <source>not measured yet</source>
        <translation>尚未测得</translation>
    </message>
    <message>
        <source>%1 ms typical, %2 ms at the 99th percentile</source>
        <translation>通常 %1 毫秒，第 99 百分位 %2 毫秒</translation>
    </message>
    <message>
        <source>%1, and %2 in the write-ahead log</source>
        <translation>%1，预写日志另有 %2</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>seq %1 of timeline %2</source>
        <translation>时间线 %2 的第 %1 号</translation>
    </message>
    <message>
        <source>Commit</source>
        <translation>提交耗时</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>SQLite</source>
        <translation>SQLite</translation>
    </message>
    <message>
        <source>The path is in the clipboard.</source>
        <translation>路径已复制到剪贴板。</translation>
    </message>
</context>
<context>
    <name>Form</name>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save these settings (Enter in a field)</source>
        <translation>保存这些设置（在输入框中按回车）</translation>
    </message>
    <message>
        <source>Discard changes</source>
        <translation>放弃更改</translation>
    </message>
    <message>
        <source>; empty: none</source>
        <translation>；留空则不限</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>正在保存…</translation>
    </message>
    <message>
        <source>Not saved yet.</source>
        <translation>尚未保存。</translation>
    </message>
    <message>
        <source>1 to 64 letters, digits, “_” or “-”.</source>
        <translation>1 至 64 个字母、数字、“_”或“-”。</translation>
    </message>
</context>
<context>
    <name>GeneralSection</name>
    <message>
        <source>General</source>
        <translation>常规</translation>
    </message>
    <message>
        <source>What is chosen here counts at once.</source>
        <translation>此处的选择立即生效。</translation>
    </message>
    <message>
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Of this window; a model profile has its own.</source>
        <translation>本窗口的语言；模型配置另有自己的语言。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>System follows the desktop, where it says what it prefers.</source>
        <translation>“跟随系统”使用桌面的偏好（若桌面提供）。</translation>
    </message>
    <message>
        <source>Notify me</source>
        <translation>通知我</translation>
    </message>
    <message>
        <source>When a task has ended or needs a person, and the window is not in front.</source>
        <translation>当任务结束或需要人工处理，而窗口不在前台时。</translation>
    </message>
    <message>
        <source>This desktop has no tray: it is said in the window.</source>
        <translation>此桌面没有托盘：改为在窗口中提示。</translation>
    </message>
    <message>
        <source>In the background</source>
        <translation>后台</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>Closing with tasks running</source>
        <translation>关闭窗口时仍有任务执行</translation>
    </message>
    <message>
        <source>Ask me</source>
        <translation>询问我</translation>
    </message>
    <message>
        <source>Keep them running</source>
        <translation>继续执行</translation>
    </message>
    <message>
        <source>Stop them</source>
        <translation>停止任务</translation>
    </message>
    <message>
        <source>This demo ends with its window, so it always asks.</source>
        <translation>此演示会随窗口结束，因此总会询问。</translation>
    </message>
    <message>
        <source>Stepwell itself goes on; `stepwell gui` opens the window again, `stepwell down` ends it all.</source>
        <translation>Stepwell 本身会继续运行；用 `stepwell gui` 重新打开窗口，用 `stepwell down` 全部结束。</translation>
    </message>
</context>
<context>
    <name>KeyEditor</name>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Kept in a file that only you can read.</source>
        <translation>保存在只有您能读取的文件中。</translation>
    </message>
    <message>
        <source>Variable</source>
        <translation>变量</translation>
    </message>
    <message>
        <source>Read when Stepwell starts.</source>
        <translation>在 Stepwell 启动时读取。</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Readable by you alone (mode 0600).</source>
        <translation>只允许您本人读取（权限 0600）。</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>A key is set. It is never shown.</source>
        <translation>已设置密钥，不会显示。</translation>
    </message>
    <message>
        <source>Local endpoints often need none.</source>
        <translation>本地服务通常不需要。</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API 密钥</translation>
    </message>
    <message>
        <source>Type the key, or choose “No key”.</source>
        <translation>请输入密钥，或选择“不使用密钥”。</translation>
    </message>
    <message>
        <source>This holds characters that no key has.</source>
        <translation>其中含有密钥不会出现的字符。</translation>
    </message>
    <message>
        <source>Name the variable.</source>
        <translation>请填写变量名。</translation>
    </message>
    <message>
        <source>Name the file.</source>
        <translation>请填写文件名。</translation>
    </message>
    <message>
        <source>No key</source>
        <translation>不使用密钥</translation>
    </message>
    <message>
        <source>Typed here</source>
        <translation>在此输入</translation>
    </message>
    <message>
        <source>Environment variable</source>
        <translation>环境变量</translation>
    </message>
    <message>
        <source>A file of mine</source>
        <translation>我自己的文件</translation>
    </message>
</context>
<context>
    <name>ModelCheck</name>
    <message>
        <source>The check itself failed; see `stepwell doctor`.</source>
        <translation>检查本身失败；请运行 `stepwell doctor`。</translation>
    </message>
    <message>
        <source>The endpoint is there: %1</source>
        <translation>服务可用：%1</translation>
    </message>
    <message>
        <source>It cannot be used: %1</source>
        <translation>无法使用：%1</translation>
    </message>
    <message>
        <source>The check could not be started.</source>
        <translation>无法启动检查。</translation>
    </message>
    <message>
        <source>No answer in time.</source>
        <translation>未在规定时间内应答。</translation>
    </message>
</context>
<context>
    <name>ModelDialog</name>
    <message>
        <source>Model “%1”</source>
        <translation>模型“%1”</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>添加模型</translation>
    </message>
    <message>
        <source>Something above cannot be used yet.</source>
        <translation>上面还有内容不可用。</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>正在保存…</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Tasks name it so; it cannot be changed later.</source>
        <translation>任务以此名称引用它，之后不能更改。</translation>
    </message>
    <message>
        <source>Up to the version, like http://127.0.0.1:8000/v1</source>
        <translation>写到版本为止，例如 http://127.0.0.1:8000/v1</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>As the endpoint calls it.</source>
        <translation>使用服务端的名称。</translation>
    </message>
    <message>
        <source>Language of the prompt</source>
        <translation>提示词语言</translation>
    </message>
    <message>
        <source>AutoGLM models know both.</source>
        <translation>AutoGLM 模型两种都支持。</translation>
    </message>
    <message>
        <source>Sampling and patience</source>
        <translation>采样与等待</translation>
    </message>
    <message>
        <source>Longest reply</source>
        <translation>回复长度上限</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top p</translation>
    </message>
    <message>
        <source>Frequency penalty</source>
        <translation>频率惩罚</translation>
    </message>
    <message>
        <source>Patience for a reply</source>
        <translation>等待回复</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>Tries after a failure</source>
        <translation>失败后重试</translation>
    </message>
    <message>
        <source>times</source>
        <translation>次</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Ask the endpoint for its models; nothing else is sent</source>
        <translation>向服务查询模型列表，不发送其他内容</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Without encryption: anyone on the way can see them, and the key.</source>
        <translation>未加密：途中的任何人都能看到截图和密钥。</translation>
    </message>
    <message>
        <source>1 to 64 letters, digits, “_” or “-”.</source>
        <translation>1 至 64 个字母、数字、“_”或“-”。</translation>
    </message>
    <message>
        <source>There is a profile of this name already.</source>
        <translation>已有同名的配置。</translation>
    </message>
    <message>
        <source>An address that begins with http:// or https://.</source>
        <translation>请输入以 http:// 或 https:// 开头的地址。</translation>
    </message>
    <message>
        <source>The endpoint must be told a model.</source>
        <translation>必须指定模型。</translation>
    </message>
    <message>
        <source>Asking the endpoint…</source>
        <translation>正在查询服务…</translation>
    </message>
</context>
<context>
    <name>ModelSection</name>
    <message>
        <source>Endpoints that speak the OpenAI API. A task names a profile; without one the default profile is used.</source>
        <translation>兼容 OpenAI API 的服务。任务可指定其中一个配置；未指定时使用默认配置。</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>In the demo a scripted model on this machine is the default profile, whatever is set up here. Other profiles are real: a task that names one sends its screenshots there.</source>
        <translation>在演示中，无论此处如何设置，默认配置都是本机上的脚本模型。其他配置是真实的：指定某个配置的任务会把截图发送到那里。</translation>
    </message>
    <message>
        <source>Add a model…</source>
        <translation>添加模型…</translation>
    </message>
    <message>
        <source>The agent “phone” needs one: the address of an endpoint, a model, perhaps a key.</source>
        <translation>智能体“phone”需要一个模型：服务地址、模型名称，可能还需要密钥。</translation>
    </message>
    <message>
        <source>No model is set up yet</source>
        <translation>尚未设置模型</translation>
    </message>
</context>
<context>
    <name>ProcessesModel</name>
    <message>
        <source>Process</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>pid</source>
        <translation>进程号</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Restarts</source>
        <translation>重启次数</translation>
    </message>
    <message>
        <source>Uptime</source>
        <translation>运行时长</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>restarting</source>
        <translation>正在重启</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>已结束</translation>
    </message>
</context>
<context>
    <name>ProfileCard</name>
    <message>
        <source>default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>Edit…</source>
        <translation>编辑…</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Make default</source>
        <translation>设为默认</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Asking the endpoint…</source>
        <translation>正在查询服务…</translation>
    </message>
    <message>
        <source>(Asked without a key: the window does not know the variable.)</source>
        <translation>（查询时未带密钥：窗口无法读取该变量。）</translation>
    </message>
    <message>
        <source>Remove a model</source>
        <translation>移除模型</translation>
    </message>
    <message>
        <source>Remove the profile “%1”?</source>
        <translation>移除配置“%1”？</translation>
    </message>
    <message>
        <source>Tasks that wait for it will fail; what is recorded stays. A key that was typed in is removed too.</source>
        <translation>等待使用它的任务会失败；已有的记录会保留。在此输入的密钥也会一并移除。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Sections of the settings</source>
        <translation>设置的各部分</translation>
    </message>
    <message>
        <source>General</source>
        <translation>常规</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
</context>
<context>
    <name>TaskSection</name>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Running tasks keep what they began with; changes count from the next task on.</source>
        <translation>执行中的任务沿用原有设置；更改从下一个任务起生效。</translation>
    </message>
    <message>
        <source>When a task names nothing else</source>
        <translation>任务未另行指定时</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>智能体</translation>
    </message>
    <message>
        <source>“phone” looks and acts; “script” plays a list of actions.</source>
        <translation>“phone”看屏幕并操作；“script”依次执行动作列表。</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Automatic: the profile called “default”, or the only one.</source>
        <translation>自动：名为“default”的配置，或唯一的配置。</translation>
    </message>
    <message>
        <source>Model profile</source>
        <translation>模型配置</translation>
    </message>
    <message>
        <source>Steps at most</source>
        <translation>步数上限</translation>
    </message>
    <message>
        <source>A task that needs more has failed</source>
        <translation>超过此步数的任务视为失败</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步</translation>
    </message>
    <message>
        <source>A task that takes longer is ended</source>
        <translation>超过此时间的任务会被结束</translation>
    </message>
    <message>
        <source>Time limit</source>
        <translation>时间上限</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>限制</translation>
    </message>
    <message>
        <source>One step</source>
        <translation>单个步骤</translation>
    </message>
    <message>
        <source>A step that takes longer ends its task</source>
        <translation>超过此时间的步骤会结束其任务</translation>
    </message>
    <message>
        <source>An agent that goes on so long after a stop is ended by force</source>
        <translation>停止后仍继续这么久的智能体会被强制结束</translation>
    </message>
    <message>
        <source>Grace after a stop</source>
        <translation>停止后的宽限</translation>
    </message>
    <message>
        <source>One command to the phone; counts from the next start</source>
        <translation>发给手机的单个命令；下次启动后生效</translation>
    </message>
    <message>
        <source>Phone command</source>
        <translation>手机命令</translation>
    </message>
    <message>
        <source>A phone that is away is waited for so long</source>
        <translation>手机断开后等待这么久</translation>
    </message>
    <message>
        <source>Wait for a phone</source>
        <translation>等待手机</translation>
    </message>
    <message>
        <source>Older backups go when all together take more; the newest two stay</source>
        <translation>总量超过时删除较旧的备份；最新两个始终保留</translation>
    </message>
    <message>
        <source>Space for backups</source>
        <translation>备份可用空间</translation>
    </message>
    <message>
        <source>GiB</source>
        <translation>GiB</translation>
    </message>
</context>
<context>
    <name>fields</name>
    <message>
        <source>a whole number</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>数字</translation>
    </message>
    <message>
        <source>This must be %1.</source>
        <translation>此处应为%1。</translation>
    </message>
    <message>
        <source>more than %1, at most %2</source>
        <translation>大于 %1 且不超过 %2</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 至 %2</translation>
    </message>
</context>
<context>
    <name>hosts</name>
    <message>
        <source>Screenshots of your phone stay on this machine.</source>
        <translation>手机截图不会离开本机。</translation>
    </message>
    <message>
        <source>Screenshots of your phone will be sent to %1.</source>
        <translation>手机截图将发送到 %1。</translation>
    </message>
</context>
<context>
    <name>key</name>
    <message>
        <source>Key: from the variable %1.</source>
        <translation>密钥：来自环境变量 %1。</translation>
    </message>
    <message>
        <source>Key: a key is set.</source>
        <translation>密钥：已设置。</translation>
    </message>
    <message>
        <source>Key: its file is missing; type it again.</source>
        <translation>密钥：密钥文件不存在，请重新输入。</translation>
    </message>
    <message>
        <source>Key: from the file %1.</source>
        <translation>密钥：来自文件 %1。</translation>
    </message>
    <message>
        <source>Key: from $STEPWELL_API_KEY, when that is set.</source>
        <translation>密钥：来自 $STEPWELL_API_KEY（若已设置）。</translation>
    </message>
    <message>
        <source>Key: none is sent.</source>
        <translation>密钥：不发送。</translation>
    </message>
</context>
</TS>
