# The documented fixes for SSL: CERTIFICATE_VERIFY_FAILED with shotgun_api3 and Toolkit, in one run of
# one program. What they are the profile shotgrid-ssl says, for which the pillar may have variables
# under shotgrid_ssl: see pillar.example, and pillar.schema.json for editors.
shotgrid-ssl:
  trustmend.profile:
    - pillar: shotgrid_ssl
