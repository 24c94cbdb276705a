<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>ClosingQuestion</name>
    <message>
        <source>Close the window</source>
        <translation>关闭窗口</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s) still at work.</source>
        <translation>
            <numerusform>还有 %n 个任务在执行。</numerusform>
        </translation>
    </message>
    <message>
        <source>The demo ends with its window; the step in flight is finished and recorded.</source>
        <translation>演示会随窗口一起结束；正在执行的步骤会先完成并记录下来。</translation>
    </message>
    <message>
        <source>Stop and end the demo</source>
        <translation>停止任务并结束演示</translation>
    </message>
    <message>
        <source>Stepwell does not end with this window. Tasks can go on in the background; `stepwell gui` shows them again, `stepwell down` ends everything.</source>
        <translation>关闭窗口并不会结束 Stepwell。任务可以在后台继续执行；用 `stepwell gui` 重新打开窗口，用 `stepwell down` 结束全部。</translation>
    </message>
    <message>
        <source>Keep running</source>
        <translation>继续执行</translation>
    </message>
    <message>
        <source>Stop the tasks</source>
        <translation>停止任务</translation>
    </message>
    <message>
        <source>Do the same next time, without asking</source>
        <translation>下次同样处理，不再询问</translation>
    </message>
    <message>
        <source>Do not close</source>
        <translation>不关闭</translation>
    </message>
    <message>
        <source>Stopping the tasks; the window closes when that is in good hands.</source>
        <translation>正在停止任务；停止请求得到受理后窗口即关闭。</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>no worker is ready to take a task; look at the lights at the top right</source>
        <translation>没有就绪的工作进程可以接收任务；请查看右上角的状态灯</translation>
    </message>
    <message>
        <source>held by a person</source>
        <translation>已由用户暂停</translation>
    </message>
</context>
<context>
    <name>ExportChoice</name>
    <message numerus="yes">
        <source>Export %n run(s)</source>
        <translation>
            <numerusform>导出 %n 次运行</numerusform>
        </translation>
    </message>
    <message>
        <source>A report that opens in any browser, the steps as JSON lines, and the pictures. Keys are masked.</source>
        <translation>包含可用任意浏览器打开的报告、JSON Lines 格式的步骤以及截图。密钥已隐去。</translation>
    </message>
    <message>
        <source>A folder</source>
        <translation>一个文件夹</translation>
    </message>
    <message>
        <source>A folder for each run</source>
        <translation>每次运行一个文件夹</translation>
    </message>
    <message>
        <source>A .zip file</source>
        <translation>一个 .zip 文件</translation>
    </message>
    <message>
        <source>A .zip file for each run</source>
        <translation>每次运行一个 .zip 文件</translation>
    </message>
    <message>
        <source>Choose where…</source>
        <translation>选择位置…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>ExportJob</name>
    <message>
        <source>the export ended before it was done (code %1)</source>
        <translation>导出未完成就已结束（代码 %1）</translation>
    </message>
</context>
<context>
    <name>ExportLine</name>
    <message>
        <source>Progress of the export</source>
        <translation>导出进度</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>End this export; nothing half-done remains</source>
        <translation>结束此次导出；不会留下半成品</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Close this line</source>
        <translation>关闭此行</translation>
    </message>
    <message>
        <source>Exporting %1: step %2 of %3</source>
        <translation>正在导出 %1：第 %2 步，共 %3 步</translation>
    </message>
    <message>
        <source>Exporting %1: reading the steps…</source>
        <translation>正在导出 %1：正在读取步骤…</translation>
    </message>
    <message>
        <source>Cancelling the export of %1…</source>
        <translation>正在取消导出 %1…</translation>
    </message>
    <message>
        <source>The export of %1 was cancelled; nothing half-done remains.</source>
        <translation>已取消导出 %1，没有留下半成品。</translation>
    </message>
    <message>
        <source>%1 was not exported: %4</source>
        <translation>%1 未能导出：%4</translation>
    </message>
    <message>
        <source>Exported to %5</source>
        <translation>已导出到 %5</translation>
    </message>
    <message>
        <source>run %1 of %2</source>
        <translation>第 %1 次运行，共 %2 次</translation>
    </message>
    <message numerus="yes">
        <source>%n warning(s)</source>
        <translation>
            <numerusform>%n 条警告</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Demo — Stepwell</source>
        <translation>演示 — Stepwell</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Close this notice</source>
        <translation>关闭此提示</translation>
    </message>
</context>
<context>
    <name>SettingsKeeper</name>
    <message>
        <source>The settings are still being read or written; try again in a moment.</source>
        <translation>设置仍在读取或写入，请稍后再试。</translation>
    </message>
    <message>
        <source>Saved. Running tasks keep what they began with; the next ones use it.</source>
        <translation>已保存。执行中的任务沿用原有设置，之后的任务使用新设置。</translation>
    </message>
    <message>
        <source>Saved. The supervisor did not answer, so it counts from the next start.</source>
        <translation>已保存。主管进程没有应答，下次启动后生效。</translation>
    </message>
    <message>
        <source>stepwell.toml was changed by something else meanwhile. It was read again; nothing of yours was written.</source>
        <translation>stepwell.toml 在此期间被其他程序修改过。已重新读取，您的更改没有写入。</translation>
    </message>
</context>
<context>
    <name>StoreBanner</name>
    <message>
        <source>The store is away. What you see is what it last said; nothing new is shown until it is back.</source>
        <translation>存储暂时不可用。当前显示的是它最后提供的内容；恢复之前不会有新内容。</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Phones</source>
        <translation>手机</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史记录</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>■ Stop all</source>
        <translation>■ 全部停止</translation>
    </message>
    <message>
        <source>Stop every task that runs or waits</source>
        <translation>停止所有正在执行和等待中的任务</translation>
    </message>
    <message>
        <source>store</source>
        <translation>存储</translation>
    </message>
    <message>
        <source>workers</source>
        <translation>工作进程</translation>
    </message>
    <message>
        <source>phones</source>
        <translation>手机</translation>
    </message>
    <message>
        <source>DEMO</source>
        <translation>演示</translation>
    </message>
    <message>
        <source>the store is starting</source>
        <translation>存储正在启动</translation>
    </message>
    <message>
        <source>the store is away; what you see may be old</source>
        <translation>存储暂时不可用，当前内容可能已过时</translation>
    </message>
    <message>
        <source>every step is committed before the next one</source>
        <translation>每一步都在下一步开始前提交保存</translation>
    </message>
    <message>
        <source>the supervisor does not answer</source>
        <translation>主管进程没有应答</translation>
    </message>
    <message>
        <source>%1 of %2 workers ready</source>
        <translation>%2 个工作进程中有 %1 个就绪</translation>
    </message>
    <message>
        <source>no worker runs yet</source>
        <translation>还没有工作进程在运行</translation>
    </message>
    <message>
        <source>no phone is connected</source>
        <translation>没有连接手机</translation>
    </message>
    <message>
        <source>held: %1</source>
        <translation>已暂停：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n phone(s) connected</source>
        <translation>
            <numerusform>已连接 %n 部手机</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Show the window</source>
        <translation>显示窗口</translation>
    </message>
    <message>
        <source>Stop all tasks</source>
        <translation>停止所有任务</translation>
    </message>
    <message>
        <source>Close the window</source>
        <translation>关闭窗口</translation>
    </message>
    <message>
        <source>A task needs you</source>
        <translation>有任务需要您处理</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s) running</source>
        <translation>
            <numerusform>%n 个任务正在执行</numerusform>
        </translation>
    </message>
    <message>
        <source>no task runs</source>
        <translation>没有正在执行的任务</translation>
    </message>
    <message>
        <source>%1 of them without a failure.</source>
        <translation>其中 %1 个没有失败。</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s) ended</source>
        <translation>
            <numerusform>%n 个任务已结束</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_Counted</name>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n 步</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>no action</source>
        <translation>没有操作</translation>
    </message>
    <message>
        <source>Tap %1</source>
        <translation>点按 %1</translation>
    </message>
    <message>
        <source>Double tap %1</source>
        <translation>双击 %1</translation>
    </message>
    <message>
        <source>Long press %1</source>
        <translation>长按 %1</translation>
    </message>
    <message>
        <source>Swipe %1</source>
        <translation>滑动 %1</translation>
    </message>
    <message>
        <source>Type “%1”</source>
        <translation>输入“%1”</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>打开 %1</translation>
    </message>
    <message>
        <source>Press Back</source>
        <translation>按返回键</translation>
    </message>
    <message>
        <source>Press Home</source>
        <translation>按主屏幕键</translation>
    </message>
    <message>
        <source>Press %1</source>
        <translation>按 %1 键</translation>
    </message>
    <message>
        <source>Wait %1</source>
        <translation>等待 %1</translation>
    </message>
    <message>
        <source>Ask a person to take over: %1</source>
        <translation>请人接管：%1</translation>
    </message>
    <message>
        <source>Ask a person: %1</source>
        <translation>询问：%1</translation>
    </message>
    <message>
        <source>Note: %1</source>
        <translation>备注：%1</translation>
    </message>
    <message>
        <source>Call: %1</source>
        <translation>调用：%1</translation>
    </message>
    <message>
        <source>Expect the text “%1”</source>
        <translation>应出现文字“%1”</translation>
    </message>
    <message>
        <source>Give up: %1</source>
        <translation>放弃：%1</translation>
    </message>
    <message>
        <source>Finish: %1</source>
        <translation>完成：%1</translation>
    </message>
</context>
<context>
    <name>refusals</name>
    <message>
        <source>what was asked for is not allowed</source>
        <translation>不允许这样的请求</translation>
    </message>
    <message>
        <source>a text or a picture is too large</source>
        <translation>文字或图片过大</translation>
    </message>
    <message>
        <source>another version of Stepwell runs: restart it</source>
        <translation>正在运行的是另一版本的 Stepwell，请重新启动</translation>
    </message>
    <message>
        <source>this process may not ask for that</source>
        <translation>该进程无权这样请求</translation>
    </message>
    <message>
        <source>there is no such task</source>
        <translation>没有这个任务</translation>
    </message>
    <message>
        <source>several tasks fit that name</source>
        <translation>有多个任务符合这个名称</translation>
    </message>
    <message>
        <source>there is no such phone</source>
        <translation>没有这部手机</translation>
    </message>
    <message>
        <source>there is no such agent</source>
        <translation>没有这个智能体</translation>
    </message>
    <message>
        <source>there is no such model profile</source>
        <translation>没有这个模型配置</translation>
    </message>
    <message>
        <source>there is no such process</source>
        <translation>没有这个进程</translation>
    </message>
    <message>
        <source>the task&apos;s state does not allow that</source>
        <translation>任务当前的状态不允许这样做</translation>
    </message>
    <message>
        <source>that is over already</source>
        <translation>该请求已经过期</translation>
    </message>
    <message>
        <source>the task no longer belongs to that worker</source>
        <translation>任务已不属于该工作进程</translation>
    </message>
    <message>
        <source>the process asked for does not run</source>
        <translation>所请求的进程没有运行</translation>
    </message>
    <message>
        <source>another record stands in its place already</source>
        <translation>该位置已有另一条记录</translation>
    </message>
    <message>
        <source>the record was set aside and does not count</source>
        <translation>该记录已被搁置，不予计入</translation>
    </message>
    <message>
        <source>the store does not answer</source>
        <translation>存储没有响应</translation>
    </message>
    <message>
        <source>the store&apos;s disk is full</source>
        <translation>存储所在磁盘已满</translation>
    </message>
    <message>
        <source>something else holds the store locked</source>
        <translation>存储被其他程序锁定</translation>
    </message>
    <message>
        <source>it came too late and was not done</source>
        <translation>请求已超时，未被执行</translation>
    </message>
    <message>
        <source>the settings are not good</source>
        <translation>设置有误</translation>
    </message>
    <message>
        <source>Stepwell&apos;s folder cannot be used</source>
        <translation>数据目录无法使用</translation>
    </message>
    <message>
        <source>Stepwell&apos;s folder is in use already</source>
        <translation>数据目录已被占用</translation>
    </message>
    <message>
        <source>a fault of Stepwell itself; its log says more</source>
        <translation>程序内部出错，详情见日志</translation>
    </message>
</context>
<context>
    <name>words</name>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>running</source>
        <translation>执行中</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>success</source>
        <translation>成功</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>crashed</source>
        <translation>崩溃</translation>
    </message>
    <message>
        <source>open</source>
        <translation>未结束</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>not executed</source>
        <translation>未执行</translation>
    </message>
    <message>
        <source>may have happened</source>
        <translation>可能已发生</translation>
    </message>
    <message>
        <source>reported by the agent</source>
        <translation>由智能体报告</translation>
    </message>
    <message>
        <source>checked on the screen</source>
        <translation>已在屏幕上核对</translation>
    </message>
    <message>
        <source>judged right</source>
        <translation>判定正确</translation>
    </message>
    <message>
        <source>judged wrong</source>
        <translation>判定错误</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 毫秒</translation>
    </message>
    <message>
        <source>%1 d ago</source>
        <translation>%1 天前</translation>
    </message>
    <message>
        <source>%1 h ago</source>
        <translation>%1 小时前</translation>
    </message>
    <message>
        <source>%1 min ago</source>
        <translation>%1 分钟前</translation>
    </message>
    <message>
        <source>%1 s ago</source>
        <translation>%1 秒前</translation>
    </message>
    <message>
        <source>the store does not answer at the moment; not confirmed</source>
        <translation>存储目前没有应答；未得到确认</translation>
    </message>
    <message>
        <source>that process does not run at the moment</source>
        <translation>该进程目前没有运行</translation>
    </message>
    <message>
        <source>the store&apos;s disk is full: make space, then try again</source>
        <translation>存储所在的磁盘已满：请腾出空间后重试</translation>
    </message>
</context>
</TS>
