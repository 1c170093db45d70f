# -*- coding: latin-1 -*-
from shotgun_api3 import Shotgun
x = 'äü'; Shotgun('ü')  # ß
