<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>ClosingQuestion</name>
    <message numerus="yes">
        <source>%n task(s) still at work.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>The demo ends with its window; the step in flight is finished and recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and end the demo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They can go on without the window; `stepwell gui` opens it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop them</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>no worker is ready to take a task; look at the lights at the top right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held by a person</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExportChoice</name>
    <message numerus="yes">
        <source>Export %n run(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>A report that opens in any browser, the steps as JSON lines, and the pictures. Keys are masked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder for each run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A .zip file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A .zip file for each run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose where…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExportJob</name>
    <message>
        <source>the export ended before it was done (code %1)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExportLine</name>
    <message>
        <source>Progress of the export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End this export; nothing half-done remains</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close this line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting %1: step %2 of %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting %1: reading the steps…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelling the export of %1…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The export of %1 was cancelled; nothing half-done remains.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 was not exported: %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exported to %5</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>run %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n warning(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Stepwell — demo</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Close this notice</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StoreBanner</name>
    <message>
        <source>The store is away. What you see is what it last said; nothing new is shown until it is back.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Phones</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>■ Stop all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop every task that runs or waits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>store</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>workers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>phones</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DEMO</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the store is starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the store is away; what you see may be old</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>every step is committed before the next one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the supervisor does not answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 workers ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no worker runs yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no phone is connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n phone(s) connected</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>words</name>
    <message>
        <source>waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopping</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>success</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>crashed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not executed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>may have happened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reported by the agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>checked on the screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>judged right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>judged wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%n step(s)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 d ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 h ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the store does not answer at the moment; not confirmed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>that process does not run at the moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the store&apos;s disk is full: make space, then try again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
