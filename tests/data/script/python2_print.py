from shotgun_api3 import Shotgun
print 'sg', Shotgun('u')
print >>out, Shotgun('v')
