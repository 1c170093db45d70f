from shotgun_api3 import Shotgun
Shotgun('u', ca_certs=r'C:\ca\a.pem')
Shotgun('u', ca_certs='C:\\ca\\a.pem')
