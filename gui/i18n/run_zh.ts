<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>ActionTab</name>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>On the device</source>
        <translation>在手机上</translation>
    </message>
    <message>
        <source>This step</source>
        <translation>这一步</translation>
    </message>
    <message>
        <source>Decided by</source>
        <translation>决定者</translation>
    </message>
    <message>
        <source>App in front</source>
        <translation>前台应用</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Arrived</source>
        <translation>到达</translation>
    </message>
    <message>
        <source>late: its task had ended</source>
        <translation>迟到：任务当时已经结束</translation>
    </message>
</context>
<context>
    <name>Details</name>
    <message>
        <source>Thinking</source>
        <translation>思考</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Timing &amp; tokens</source>
        <translation>耗时与 Token</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>原文</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Details of the step</source>
        <translation>步骤详情</translation>
    </message>
</context>
<context>
    <name>FailureSearch</name>
    <message>
        <source>No step failed after this one.</source>
        <translation>这一步之后没有失败的步骤。</translation>
    </message>
    <message>
        <source>No step failed up to step %1; F looks further.</source>
        <translation>直到第 %1 步都没有失败；按 F 继续查找。</translation>
    </message>
</context>
<context>
    <name>Judgement</name>
    <message>
        <source>✓ Right</source>
        <translation>✓ 正确</translation>
    </message>
    <message>
        <source>✗ Wrong</source>
        <translation>✗ 错误</translation>
    </message>
    <message>
        <source>What would have been right? (Enter saves)</source>
        <translation>正确的做法是什么？（回车保存）</translation>
    </message>
    <message>
        <source>Correction</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Once more takes the judgement back</source>
        <translation>再按一次撤回评价</translation>
    </message>
    <message>
        <source>being saved … (not recorded yet)</source>
        <translation>正在保存…（尚未记录）</translation>
    </message>
    <message>
        <source>Not recorded: %1</source>
        <translation>未记录：%1</translation>
    </message>
    <message>
        <source>Not judged.</source>
        <translation>尚未评价。</translation>
    </message>
    <message>
        <source>Recorded: right.</source>
        <translation>已记录：正确。</translation>
    </message>
    <message>
        <source>Recorded: wrong.</source>
        <translation>已记录：错误。</translation>
    </message>
</context>
<context>
    <name>LogTab</name>
    <message>
        <source>Log lines about this task</source>
        <translation>与此任务有关的日志</translation>
    </message>
    <message>
        <source>The logs are being read …</source>
        <translation>正在读取日志…</translation>
    </message>
    <message>
        <source>No process logged anything about this task.</source>
        <translation>没有进程记录过与此任务有关的日志。</translation>
    </message>
</context>
<context>
    <name>PlaybackBar</name>
    <message>
        <source>Play the run back (Space)</source>
        <translation>回放运行过程（空格）</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Position in the run</source>
        <translation>运行中的位置</translation>
    </message>
    <message>
        <source>Next failure</source>
        <translation>下一个失败</translation>
    </message>
    <message>
        <source>Jump to the next step that failed (F)</source>
        <translation>跳到下一个失败的步骤（F）</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>跟随</translation>
    </message>
    <message>
        <source>Show the newest step again, live (L)</source>
        <translation>重新实时显示最新步骤（L）</translation>
    </message>
    <message>
        <source>no step yet</source>
        <translation>还没有步骤</translation>
    </message>
    <message>
        <source>Play %1 times as fast</source>
        <translation>以 %1 倍速播放</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
</context>
<context>
    <name>RawTab</name>
    <message>
        <source>The model&apos;s reply</source>
        <translation>模型的回复</translation>
    </message>
    <message>
        <source>Stored action</source>
        <translation>存储的操作</translation>
    </message>
    <message>
        <source>There was no reply of a model.</source>
        <translation>没有模型回复。</translation>
    </message>
    <message>
        <source>No action was stored.</source>
        <translation>没有存储操作。</translation>
    </message>
</context>
<context>
    <name>RecordedText</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy: %1</source>
        <translation>复制：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n more character(s) are not shown; Copy takes them all</source>
        <translation>
            <numerusform>还有 %n 个字符没有显示；“复制”会复制全部</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunHeader</name>
    <message>
        <source>Choose another task (Esc)</source>
        <translation>选择其他任务（Esc）</translation>
    </message>
    <message>
        <source>Choose another task</source>
        <translation>选择其他任务</translation>
    </message>
    <message>
        <source>■ Stop</source>
        <translation>■ 停止</translation>
    </message>
    <message>
        <source>Stop this task (Ctrl+.)</source>
        <translation>停止此任务（Ctrl+.）</translation>
    </message>
    <message>
        <source>✓ Right</source>
        <translation>✓ 正确</translation>
    </message>
    <message>
        <source>✗ Wrong</source>
        <translation>✗ 错误</translation>
    </message>
    <message>
        <source>The whole text, what would have been right, each change of state, notes</source>
        <translation>任务全文、正确的做法、每次状态变化和备注</translation>
    </message>
    <message>
        <source>How it went</source>
        <translation>经过</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>A report of this run, with its steps and pictures (Ctrl+E)</source>
        <translation>此次运行的报告，含步骤和截图 (Ctrl+E)</translation>
    </message>
    <message>
        <source>stopping … (not recorded yet)</source>
        <translation>正在停止…（尚未记录）</translation>
    </message>
    <message numerus="yes">
        <source>stopped after %n step(s)</source>
        <translation>
            <numerusform>执行 %n 步后停止</numerusform>
        </translation>
    </message>
    <message>
        <source>the action of step %1 may have happened</source>
        <translation>第 %1 步的操作可能已经发生</translation>
    </message>
    <message>
        <source>any phone</source>
        <translation>任意手机</translation>
    </message>
    <message>
        <source>imported</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>step %1 of %2 at most</source>
        <translation>第 %1 步，最多 %2 步</translation>
    </message>
    <message>
        <source>Judge the whole task; once more takes it back</source>
        <translation>评价整个任务；再按一次撤回</translation>
    </message>
</context>
<context>
    <name>RunReader</name>
    <message>
        <source>This task is no longer in the store.</source>
        <translation>此任务已不在存储中。</translation>
    </message>
    <message>
        <source>This task was deleted.</source>
        <translation>此任务已被删除。</translation>
    </message>
</context>
<context>
    <name>RunView</name>
    <message>
        <source>No step has begun yet.</source>
        <translation>还没有步骤开始。</translation>
    </message>
    <message>
        <source>Step %1 is not in the store.</source>
        <translation>存储中没有第 %1 步。</translation>
    </message>
    <message>
        <source>Step %1 is being read …</source>
        <translation>正在读取第 %1 步…</translation>
    </message>
</context>
<context>
    <name>ScreenPair</name>
    <message>
        <source>Before</source>
        <translation>操作前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>操作后</translation>
    </message>
</context>
<context>
    <name>ScreenPane</name>
    <message>
        <source>Before</source>
        <translation>操作前</translation>
    </message>
    <message>
        <source>The screen that the agent saw (B)</source>
        <translation>智能体看到的屏幕（B）</translation>
    </message>
    <message>
        <source>After</source>
        <translation>操作后</translation>
    </message>
    <message>
        <source>The screen after the action (B)</source>
        <translation>操作之后的屏幕（B）</translation>
    </message>
    <message>
        <source>Both</source>
        <translation>对照</translation>
    </message>
    <message>
        <source>Both screens, beside each other (B)</source>
        <translation>并排显示操作前后的屏幕 (B)</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适应</translation>
    </message>
    <message>
        <source>The whole screen</source>
        <translation>整个屏幕</translation>
    </message>
    <message>
        <source>100 %</source>
        <translation>100 %</translation>
    </message>
    <message>
        <source>One pixel for each of the phone&apos;s</source>
        <translation>手机的一个像素对应一个像素</translation>
    </message>
    <message>
        <source>the next picture has not been taken yet</source>
        <translation>下一张截图还没有拍</translation>
    </message>
    <message>
        <source>The screen after: %1</source>
        <translation>操作后的屏幕：%1</translation>
    </message>
</context>
<context>
    <name>ScreenView</name>
    <message>
        <source>This picture is in the store&apos;s records but could not be read.</source>
        <translation>存储中有这张截图的记录，但无法读取。</translation>
    </message>
</context>
<context>
    <name>StepDelegate</name>
    <message>
        <source>Step %1 is not in the store</source>
        <translation>存储中没有第 %1 步</translation>
    </message>
    <message>
        <source>Step %1 …</source>
        <translation>第 %1 步…</translation>
    </message>
</context>
<context>
    <name>StepList</name>
    <message>
        <source>Steps</source>
        <translation>步骤</translation>
    </message>
</context>
<context>
    <name>StepModel</name>
    <message>
        <source>Step %1</source>
        <translation>第 %1 步</translation>
    </message>
</context>
<context>
    <name>Story</name>
    <message>
        <source>How the task went</source>
        <translation>任务的经过</translation>
    </message>
    <message>
        <source>The task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>The whole task</source>
        <translation>整个任务</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>asked for</source>
        <translation>已提交</translation>
    </message>
    <message>
        <source>imported</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>by %1</source>
        <translation>由 %1</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
</context>
<context>
    <name>TaskChooser</name>
    <message>
        <source>No task yet</source>
        <translation>还没有任务</translation>
    </message>
    <message>
        <source>Hand a task to a phone on the page Phones; here you watch it step by step.</source>
        <translation>在“手机”页面把任务交给一部手机，就可以在这里逐步查看它的执行。</translation>
    </message>
    <message>
        <source>Running now</source>
        <translation>正在运行</translation>
    </message>
    <message>
        <source>Newest tasks</source>
        <translation>最近的任务</translation>
    </message>
</context>
<context>
    <name>ThinkingTab</name>
    <message>
        <source>Thinking</source>
        <translation>思考</translation>
    </message>
    <message>
        <source>Notes at this step</source>
        <translation>这一步的备注</translation>
    </message>
    <message>
        <source>live — not recorded</source>
        <translation>实时 — 未记录</translation>
    </message>
    <message>
        <source>The reply as it streams; not recorded</source>
        <translation>实时输出的回复；未记录</translation>
    </message>
    <message>
        <source>No thinking was recorded.</source>
        <translation>没有记录思考过程。</translation>
    </message>
    <message>
        <source>No step has begun.</source>
        <translation>还没有步骤开始。</translation>
    </message>
    <message>
        <source>looking at the screen</source>
        <translation>正在看屏幕</translation>
    </message>
    <message>
        <source>thinking</source>
        <translation>正在思考</translation>
    </message>
    <message>
        <source>acting</source>
        <translation>正在操作</translation>
    </message>
    <message>
        <source>between two steps</source>
        <translation>两步之间</translation>
    </message>
    <message>
        <source>Step %1: </source>
        <translation>第 %1 步：</translation>
    </message>
</context>
<context>
    <name>TimingTab</name>
    <message>
        <source>No times were recorded for this step.</source>
        <translation>这一步没有记录耗时。</translation>
    </message>
    <message>
        <source>Time of this step</source>
        <translation>这一步的耗时</translation>
    </message>
    <message>
        <source>Tokens of this step</source>
        <translation>这一步的 Token</translation>
    </message>
    <message>
        <source>The whole task</source>
        <translation>整个任务</translation>
    </message>
    <message>
        <source>Model, to the first token</source>
        <translation>模型，到第一个 Token</translation>
    </message>
    <message>
        <source>Model, whole reply</source>
        <translation>模型，完整回复</translation>
    </message>
    <message>
        <source>Execution</source>
        <translation>执行</translation>
    </message>
    <message>
        <source>of it, on the device</source>
        <translation>其中在手机上</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>回复</translation>
    </message>
    <message>
        <source>Reply, a second</source>
        <translation>每秒回复</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Prompt tokens</source>
        <translation>提示 Token</translation>
    </message>
    <message>
        <source>Reply tokens</source>
        <translation>回复 Token</translation>
    </message>
</context>
<context>
    <name>run-says</name>
    <message>
        <source>Step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>late</source>
        <translation>迟到</translation>
    </message>
    <message>
        <source>judged right</source>
        <translation>评为正确</translation>
    </message>
    <message>
        <source>judged wrong</source>
        <translation>评为错误</translation>
    </message>
    <message>
        <source>the agent</source>
        <translation>智能体</translation>
    </message>
    <message>
        <source>a person</source>
        <translation>人</translation>
    </message>
    <message>
        <source>Stepwell</source>
        <translation>Stepwell</translation>
    </message>
    <message>
        <source>No picture was recorded here.</source>
        <translation>这里没有记录截图。</translation>
    </message>
    <message>
        <source>No picture: %1</source>
        <translation>没有截图：%1</translation>
    </message>
</context>
</TS>
