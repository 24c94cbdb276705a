<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en_US">
<context>
    <name>DemoStrip</name>
    <message numerus="yes">
        <source>%n thing(s) are wrong: see `stepwell logs gui`.</source>
        <translation>
            <numerusform>%n thing is wrong: see `stepwell logs gui`.</numerusform>
            <numerusform>%n things are wrong: see `stepwell logs gui`.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PhoneGuide</name>
    <message numerus="yes">
        <source>%n thing(s) must be mended.</source>
        <translation>
            <numerusform>%n thing must be mended.</numerusform>
            <numerusform>%n things must be mended.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueuePanel</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TaskInputWidget</name>
    <message numerus="yes">
        <source>For %n phone(s), a task each: </source>
        <translation>
            <numerusform>For %n phone: </numerusform>
            <numerusform>For %n phones, a task each: </numerusform>
        </translation>
    </message>
</context>
</TS>
