#!/usr/bin/python
# vim: set fileencoding=cp1252 :
from shotgun_api3 import Shotgun
x = '€'; Shotgun('€',
    'b')
