"""What runs inside a studio, each as a process of its own. Importing it starts Django."""

import django

django.setup()
