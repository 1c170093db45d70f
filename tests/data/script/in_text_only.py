import shotgun_api3
# shotgun_api3.Shotgun('u')
TEXT = 'shotgun_api3.Shotgun()'


def doc():
    '''shotgun_api3.Shotgun('u', ca_certs='/x')'''
