<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>DataStorageWidget</name>
    <message>
        <source>History</source>
        <translation>历史记录</translation>
    </message>
    <message>
        <source>Statistics</source>
        <translation>统计</translation>
    </message>
    <message>
        <source>Logs</source>
        <translation>日志</translation>
    </message>
</context>
<context>
    <name>DayField</name>
    <message>
        <source>any day</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Choose a day in a calendar</source>
        <translation>在日历中选择日期</translation>
    </message>
</context>
<context>
    <name>DayPopup</name>
    <message>
        <source>Calendar</source>
        <translation>日历</translation>
    </message>
    <message>
        <source>Any day</source>
        <translation>不限日期</translation>
    </message>
</context>
<context>
    <name>Deleting</name>
    <message numerus="yes">
        <source>%n task(s) deleted</source>
        <translation>
            <numerusform>已删除 %n 个任务</numerusform>
        </translation>
    </message>
    <message>
        <source>Task %1 was not deleted: %2</source>
        <translation>任务 %1 未能删除：%2</translation>
    </message>
</context>
<context>
    <name>Deletion</name>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>The steps, pictures and notes go too. Backups keep them until they are thinned; nothing else brings them back.</source>
        <translation>步骤、截图和备注会一并删除。备份在被清理之前仍会保留它们；除此之外无法恢复。</translation>
    </message>
    <message numerus="yes">
        <source>Delete %n task(s)</source>
        <translation>
            <numerusform>删除 %n 个任务</numerusform>
        </translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>以及另外 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %n task(s) for good?</source>
        <translation>
            <numerusform>永久删除 %n 个任务？</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FiguresModel</name>
    <message>
        <source>Proven</source>
        <translation>已证实</translation>
    </message>
    <message>
        <source>Reported</source>
        <translation>仅上报</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>判为错误</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Crashed</source>
        <translation>崩溃</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>未结束</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Proven %</source>
        <translation>已证实 %</translation>
    </message>
    <message>
        <source>Of the tasks that ended: checked on the screen or judged right</source>
        <translation>占已结束任务的比例：经屏幕检查或人工判为正确</translation>
    </message>
    <message>
        <source>Reported %</source>
        <translation>仅上报 %</translation>
    </message>
    <message>
        <source>Of the tasks that ended: a success by the agent&apos;s word alone</source>
        <translation>占已结束任务的比例：仅由智能体自己上报成功</translation>
    </message>
    <message>
        <source>Avg. time</source>
        <translation>平均用时</translation>
    </message>
    <message>
        <source>Average duration of a task</source>
        <translation>每个任务的平均用时</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token 数</translation>
    </message>
</context>
<context>
    <name>Filmstrip</name>
    <message>
        <source>the steps between are shown in Run</source>
        <translation>中间的步骤可在“运行”中查看</translation>
    </message>
    <message>
        <source>at the end</source>
        <translation>结束时</translation>
    </message>
    <message>
        <source>How the task left the screen</source>
        <translation>任务结束时的屏幕</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>步骤 %1</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Find…</source>
        <translation>查找…</translation>
    </message>
    <message>
        <source>Only tasks whose text contains this (Ctrl+F)</source>
        <translation>只显示任务内容包含此文字的任务（Ctrl+F）</translation>
    </message>
    <message>
        <source>Text in the task</source>
        <translation>任务中的文字</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Phone</source>
        <translation>手机</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>From</source>
        <translation>从</translation>
    </message>
    <message>
        <source>To</source>
        <translation>到</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Show all tasks again</source>
        <translation>重新显示全部任务</translation>
    </message>
    <message>
        <source>Any result</source>
        <translation>所有结果</translation>
    </message>
    <message>
        <source>Any phone</source>
        <translation>所有手机</translation>
    </message>
    <message>
        <source>Any model</source>
        <translation>所有模型</translation>
    </message>
</context>
<context>
    <name>ListExport</name>
    <message>
        <source>The list was not written: it was cancelled.</source>
        <translation>列表未写入：已取消。</translation>
    </message>
    <message>
        <source>The list was not written: %1</source>
        <translation>列表未写入：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s) written to %1</source>
        <translation>
            <numerusform>已将 %n 个任务写入 %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ListExportLine</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Nothing of the file remains</source>
        <translation>不会留下任何文件</translation>
    </message>
    <message>
        <source>Writing the list: %1 tasks so far…</source>
        <translation>正在写入列表：已写 %1 个任务…</translation>
    </message>
</context>
<context>
    <name>LogModel</name>
    <message>
        <source>debug</source>
        <translation>调试</translation>
    </message>
    <message>
        <source>info</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>critical</source>
        <translation>严重</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>级别</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>详情</translation>
    </message>
</context>
<context>
    <name>LogsTab</name>
    <message>
        <source>Process</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>All processes</source>
        <translation>所有进程</translation>
    </message>
    <message>
        <source>Least level</source>
        <translation>最低级别</translation>
    </message>
    <message>
        <source>%1 and above</source>
        <translation>%1及以上</translation>
    </message>
    <message>
        <source>Task id…</source>
        <translation>任务 ID…</translation>
    </message>
    <message>
        <source>Find in lines…  (Ctrl+F)</source>
        <translation>在日志中查找…  (Ctrl+F)</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>跟随</translation>
    </message>
    <message>
        <source>Stay at the newest line (Ctrl+End)</source>
        <translation>停留在最新一行 (Ctrl+End)</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the selected lines (Ctrl+C)</source>
        <translation>复制选中的行 (Ctrl+C)</translation>
    </message>
    <message>
        <source>Log lines, oldest first</source>
        <translation>日志行，从旧到新</translation>
    </message>
    <message>
        <source>No lines to show</source>
        <translation>没有可显示的日志</translation>
    </message>
    <message>
        <source>Nothing in the logs fits this filter. Each process of Stepwell writes its own file in logs/.</source>
        <translation>没有符合筛选条件的日志。Stepwell 的每个进程都会在 logs/ 中写入自己的文件。</translation>
    </message>
    <message>
        <source>%1 of %2 lines shown</source>
        <translation>显示 %1 行，共 %2 行</translation>
    </message>
    <message>
        <source>older lines are left out here; the files in logs/ have them</source>
        <translation>更早的行不在此显示，可在 logs/ 的文件中查看</translation>
    </message>
    <message>
        <source>Copy the selected lines</source>
        <translation>复制选中的行</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>MomentDialog</name>
    <message>
        <source>Go to a time</source>
        <translation>跳转到时间</translation>
    </message>
    <message>
        <source>Time, in this machine&apos;s zone</source>
        <translation>时间（本机时区）</translation>
    </message>
    <message>
        <source>What ran at this time?</source>
        <translation>这个时间在运行什么？</translation>
    </message>
    <message>
        <source>Go there</source>
        <translation>跳转</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>looking…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>Nothing had begun by then.</source>
        <translation>那时还没有任何任务开始。</translation>
    </message>
    <message>
        <source>Nothing ran at that time; the task before it had ended already.</source>
        <translation>那时没有任务在运行，之前的任务已经结束。</translation>
    </message>
</context>
<context>
    <name>ResultChart</name>
    <message>
        <source>Tasks by day, stacked by result; the table below has the same numbers</source>
        <translation>每日任务数，按结果堆叠；下方表格有相同的数据</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s)</source>
        <translation>
            <numerusform>%n 个任务</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SearchLine</name>
    <message>
        <source>How much of the history was looked at</source>
        <translation>历史记录的查找进度</translation>
    </message>
    <message>
        <source>Stop searching</source>
        <translation>停止查找</translation>
    </message>
    <message>
        <source>Search on</source>
        <translation>继续查找</translation>
    </message>
    <message>
        <source>searching…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>search stopped</source>
        <translation>查找已停止</translation>
    </message>
    <message>
        <source>%1 of the history looked at</source>
        <translation>已查看历史记录的 %1</translation>
    </message>
    <message>
        <source>%1 found</source>
        <translation>找到 %1 个</translation>
    </message>
    <message>
        <source>reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s)</source>
        <translation>
            <numerusform>%n 个任务</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 tasks read so far; more as you scroll</source>
        <translation>已读取 %1 个任务，向下滚动可读取更多</translation>
    </message>
</context>
<context>
    <name>StatisticsTab</name>
    <message>
        <source>counting…</source>
        <translation>正在统计…</translation>
    </message>
    <message>
        <source>How long the last commits took; 99 of 100 were faster than p99</source>
        <translation>最近提交的耗时；每 100 次中有 99 次快于 p99</translation>
    </message>
    <message>
        <source>Tasks by result</source>
        <translation>任务结果</translation>
    </message>
    <message>
        <source>Phone</source>
        <translation>手机</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Day (UTC)</source>
        <translation>日期 (UTC)</translation>
    </message>
    <message>
        <source>By phone</source>
        <translation>按手机</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>按模型</translation>
    </message>
    <message>
        <source>By day</source>
        <translation>按日期</translation>
    </message>
    <message>
        <source>No tasks in these days</source>
        <translation>这段时间没有任务</translation>
    </message>
    <message>
        <source>Choose more days above; what is counted are the tasks by the day on which they were queued.</source>
        <translation>请在上方选择更长的时间；任务按加入队列的日期统计。</translation>
    </message>
    <message>
        <source>checked or judged right</source>
        <translation>已检查或判为正确</translation>
    </message>
    <message>
        <source>success, only reported</source>
        <translation>成功（仅上报）</translation>
    </message>
    <message>
        <source>judged wrong</source>
        <translation>判为错误</translation>
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
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>waits or runs</source>
        <translation>等待或运行中</translation>
    </message>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n 天</numerusform>
        </translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>a bar is a day (UTC)</source>
        <translation>每柱一天 (UTC)</translation>
    </message>
    <message>
        <source>a bar is a week, named by its Monday (UTC)</source>
        <translation>每柱一周，以周一命名 (UTC)</translation>
    </message>
    <message>
        <source>a bar is a month (UTC)</source>
        <translation>每柱一个月 (UTC)</translation>
    </message>
    <message>
        <source>commit: p50 %1 ms · p99 %2 ms</source>
        <translation>提交：p50 %1 毫秒 · p99 %2 毫秒</translation>
    </message>
    <message>
        <source>(none)</source>
        <translation>（无）</translation>
    </message>
</context>
<context>
    <name>TaskActions</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Show it in Run (Enter)</source>
        <translation>在“运行”中查看 (Enter)</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>A report with all steps and pictures (Ctrl+E)</source>
        <translation>包含全部步骤和截图的报告 (Ctrl+E)</translation>
    </message>
    <message>
        <source>Stop what runs or waits of it (Ctrl+.)</source>
        <translation>停止其中正在运行或等待的任务（Ctrl+.）</translation>
    </message>
    <message>
        <source>✓ Right</source>
        <translation>✓ 正确</translation>
    </message>
    <message>
        <source>Judge: the task did what it should; again takes it back</source>
        <translation>判定：任务完成了要求；再次点击可撤销</translation>
    </message>
    <message>
        <source>✗ Wrong</source>
        <translation>✗ 错误</translation>
    </message>
    <message>
        <source>Judge: it did not; again takes it back</source>
        <translation>判定：任务未完成要求；再次点击可撤销</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Remove what has ended for good (Del)</source>
        <translation>永久删除已结束的任务 (Del)</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>■ Stop</source>
        <translation>■ 停止</translation>
    </message>
    <message>
        <source>%1 tasks are selected; at most %2 can be worked on at once.</source>
        <translation>已选中 %1 个任务；一次最多处理 %2 个。</translation>
    </message>
    <message>
        <source>Some of the selected tasks are being read…</source>
        <translation>正在读取部分选中的任务…</translation>
    </message>
    <message>
        <source>Only a task that has ended can be judged or deleted.</source>
        <translation>只有已结束的任务才能判定或删除。</translation>
    </message>
</context>
<context>
    <name>TaskDetails</name>
    <message>
        <source>The selected task</source>
        <translation>选中的任务</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s) selected</source>
        <translation>
            <numerusform>已选中 %n 个任务</numerusform>
        </translation>
    </message>
    <message>
        <source>Select a task to see how it went.</source>
        <translation>选择一个任务查看经过。</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>First and last steps</source>
        <translation>开头和结尾的步骤</translation>
    </message>
    <message>
        <source>How it came to this</source>
        <translation>状态经过</translation>
    </message>
    <message>
        <source>Phone</source>
        <translation>手机</translation>
    </message>
    <message>
        <source>Agent · model</source>
        <translation>智能体 · 模型</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>用时</translation>
    </message>
    <message>
        <source>Tokens in · out</source>
        <translation>Token 输入 · 输出</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>加入队列</translation>
    </message>
    <message>
        <source>Began · ended</source>
        <translation>开始 · 结束</translation>
    </message>
    <message>
        <source>Imported from</source>
        <translation>导入自</translation>
    </message>
    <message>
        <source>Judged</source>
        <translation>判定</translation>
    </message>
    <message>
        <source>ID %1</source>
        <translation>ID %1</translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) of this task could not be stored and were set aside.</source>
        <translation>
            <numerusform>该任务有 %n 条记录无法保存，已另行存放。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TaskListModel</name>
    <message>
        <source>When the task was queued. The list always goes from the newest to the oldest.</source>
        <translation>任务加入队列的时间。列表始终从新到旧排列。</translation>
    </message>
</context>
<context>
    <name>TaskTab</name>
    <message>
        <source>Go to time…</source>
        <translation>跳转到时间…</translation>
    </message>
    <message>
        <source>Open what ran at a time (Ctrl+G)</source>
        <translation>打开某个时间运行的任务 (Ctrl+G)</translation>
    </message>
    <message>
        <source>Export list…</source>
        <translation>导出列表…</translation>
    </message>
    <message>
        <source>The tasks that fit the filter, as CSV or JSON</source>
        <translation>将符合筛选条件的任务导出为 CSV 或 JSON</translation>
    </message>
    <message>
        <source>No task has been run yet</source>
        <translation>还没有运行过任务</translation>
    </message>
    <message>
        <source>Every task that you queue appears here, with its steps and pictures, and stays until you delete it.</source>
        <translation>加入队列的每个任务都会连同步骤和截图显示在这里，直到您将其删除。</translation>
    </message>
    <message>
        <source>No task fits this filter</source>
        <translation>没有符合筛选条件的任务</translation>
    </message>
    <message>
        <source>Take a part of the filter away, or look further back.</source>
        <translation>请减少筛选条件，或查看更早的记录。</translation>
    </message>
    <message>
        <source>Show all tasks</source>
        <translation>显示全部任务</translation>
    </message>
    <message>
        <source>Export the list</source>
        <translation>导出列表</translation>
    </message>
</context>
<context>
    <name>TaskTable</name>
    <message>
        <source>Tasks, newest first</source>
        <translation>任务，从新到旧</translation>
    </message>
</context>
<context>
    <name>history</name>
    <message>
        <source>ID</source>
        <translation>ID</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Phone</source>
        <translation>手机</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>用时</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token 数</translation>
    </message>
    <message>
        <source>Newest first ↓</source>
        <translation>从新到旧 ↓</translation>
    </message>
    <message>
        <source>Judged</source>
        <translation>判定</translation>
    </message>
    <message>
        <source>reported</source>
        <translation>仅上报</translation>
    </message>
    <message>
        <source>checked</source>
        <translation>已检查</translation>
    </message>
    <message>
        <source>judged right</source>
        <translation>判为正确</translation>
    </message>
    <message>
        <source>judged wrong</source>
        <translation>判为错误</translation>
    </message>
    <message>
        <source>✓ right</source>
        <translation>✓ 正确</translation>
    </message>
    <message>
        <source>✗ wrong</source>
        <translation>✗ 错误</translation>
    </message>
</context>
</TS>
