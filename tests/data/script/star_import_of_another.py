from studio.everything import *
Shotgun('u')
