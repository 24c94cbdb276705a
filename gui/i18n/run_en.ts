<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en_US">
<context>
    <name>RecordedText</name>
    <message numerus="yes">
        <source>%n more character(s) are not shown; Copy takes them all</source>
        <translation>
            <numerusform>%n more character is not shown; Copy takes it all</numerusform>
            <numerusform>%n more characters are not shown; Copy takes them all</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunHeader</name>
    <message numerus="yes">
        <source>stopped after %n step(s)</source>
        <translation>
            <numerusform>stopped after %n step</numerusform>
            <numerusform>stopped after %n steps</numerusform>
        </translation>
    </message>
</context>
</TS>
