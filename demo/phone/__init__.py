"""The simulated phone: a program that the real `adb connect` takes for an Android device on a loopback port.

It is for a first run without a phone and for tests. It knows nothing of the rest of Stepwell, and nothing in the
product's path to a real phone knows of it.

    protocol   packets of the ADB device protocol          files      the phone's few files
    connection one host's transport, its streams           log        one line for each command received
    services   shell, exec, sync                           faults     misbehaviour on request
    shell_*    the shell's language and its commands       server     the port; run_phone()
    phone      what the phone is and does                  apps/      home screen, Settings, Contacts
    scene/page/draw  what is on the screen, and its picture
"""
