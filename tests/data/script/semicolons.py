from shotgun_api3 import Shotgun
a = Shotgun('u',) ; b = Shotgun('v' , ) ; c = Shotgun( 'w' )
