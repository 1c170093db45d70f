#!/usr/bin/env python
# -*- coding: utf-8 -*-
from shotgun_api3 import Shotgun
x = 'ä€'; Shotgun('ü', '🔫')
