"""@VO, later SOM and Somtoday: the SOAP services of the administration, and the REST interface that follows them."""
