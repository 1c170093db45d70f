# coding: utf-8
from shotgun_api3 import Shotgun
Shotgun(ur'xä', u'b', 'k')
def f(a, (b, c)): return Shotgun(b)
