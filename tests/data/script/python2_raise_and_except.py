from shotgun_api3 import Shotgun
try:
    sg = Shotgun('u')
except IOError, e:
    raise ValueError, 'no'
exec 'x = 1' in {}
if 1 <> 2: y = 0777 + 10L
