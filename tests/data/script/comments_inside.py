from shotgun_api3 import Shotgun
sg = Shotgun(  # the site
    'https://x.example',  # its address
    # who we are
    script_name='tool',  # a name
    api_key='key'  # a secret, see (wiki)
    # and no more
)  # done
