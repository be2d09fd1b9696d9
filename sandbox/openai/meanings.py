"""What support words mean, English and Spanish, without accents; five letters or more stand for any ending."""

TELLING = {
    "labels": "label etiqueta",
    "shipping": "ship shipped shipping shipment deliver courier parcel carrier envio enviar envia mensajero paquete",
    "printing": "print printer printing prints imprimi imprime impresora",
    "gift cards": "gift gifts voucher regalo",
    "balances": "balance saldo",
    "appointments": "appointment booking booked cita citas reserva",
    "calendars": "calendar agenda",
    "hours": "hour hours hora horas",
    "being early": "early earlier antes",
    "reminders": "reminder recordatorio",
    "photos": "photo picture image foto fotos imagen",
    "uploads": "upload subir subida subio",
    "paying": "pay pays paid paying payment checkout pagar pague pagado cobrar cobrado cobraron",
    "charges": "charge cargo cargos",
    "invoices": "invoice factura",
    "VAT": "vat iva",
    "refunds": "refund devuelv reembols",
    "discounts": "coupon discount cupon descuento",
    "baskets": "basket cart carrito",
    "logging in": "log login logins logged signed signin sesion",
    "codes": "code codes codigo",
    "exports": "export",
    "reports": "report informe",
    "accents": "accent acento",
    "crashes": "crash closes cierra",
    "hanging": "freez frozen hang hangs hanging stuck cuelga colgad spinner",
    "notifications": "notification aviso avisos",
    "webhooks": "webhook",
    "barcodes": "barcode",
    "the search": "search buscar buscador busqueda",
    "stock": "stock inventario",
    "prices": "price precio",
    "the dashboard": "dashboard panel",
    "deleting": "delete borrar borrado elimin",
    "doubles": "twice double duplicate doble duplicad",
    "being slow": "slow slowly lento lenta lentos lentas",
    "blank pages": "blank blanco",
    "being down": "down outage caida caido",
    "zeros": "zero cero 0 empty vacio vacia",
}
"""Who speaks of two or three of the same likely means one problem."""

COMMON = {
    "orders": "order orders ordered pedido",
    "customers": "customer client clients cliente clienta",
    "errors": "error fail fails failed failing wrong broken incorrect declin reject fallo falla mal equivocad",
    "the app": "app apps aplicacion",
    "pages": "page pages pagina web",
    "shops": "shop shops store stores tienda",
    "phones": "phone movil telefono",
    "computers": "computer ordenador portatil laptop",
    "products": "product",
    "accounts": "account cuenta",
    "creating": "create creat crear creada",
    "cards": "card cards tarjeta",
    "money": "money dinero",
    "passwords": "password contrasena",
    "spreadsheets": "csv excel xlsx spreadsheet",
    "using": "used using usar usado usada usarla",
}
"""Many speak of these and mean different things."""

_SMALL = """
    a an the this that these those it its he she they them we us our you your i my me mine her his their own and
    or but so if then than as at by for from in into of off on out over to up with without about after before is
    are was were be been being am do does did done doesnt dont didnt has have had having isnt im ive arent can
    cant cannot could couldnt will wont would should may might must not no none nothing nobody all any each
    every everybody anybody somebody someone anyone else one two three some more most other another both also
    too only just very even still again ever never always now today yesterday tomorrow morning afternoon evening
    night week month year monday tuesday wednesday thursday friday saturday sunday minute minutes since until
    while when where who what which how why there here please pls thanks thank hello hi hey dear team good get
    gets got getting go goes come comes came say says said tell see saw look looked looks make makes made want
    wanted need try tried know think like well way time times first last new old same back day days nine ten
    thing things went ago right left because give gives gave show shows stand stands whole half through between
    work works working second sure title

    un una uno unos unas el la los las lo le les de del al con sin por para en entre sobre desde hasta hacia que
    como cuando donde quien cual cuanto cuanta y e o u ni pero si se mi mis te tu su sus nos nuestro nuestra es
    son era soy esta estan estoy este esto estas estos ha han hay ser estar fue fui todo toda todos todas nada
    nadie algo alguien mas menos muy ya aun solo tambien otra otro otros vez veces hoy ayer manana dia dias
    semana mes ano lunes martes miercoles jueves viernes sabado domingo buenas buenos bien hola gracias favor
    dice dicen puedo puede pueden podemos tengo tiene tienen hace hacer hago va van voy iba quiero aqui ahi alli
    sale salen aparece aparecen pone poner llega llegan llego necesito siempre cada nuevo nueva nuevos dos tres

    der die das den dem des ein eine einen und oder aber nicht nur auf bei beim mit von zu zum ist sind war ich
    wir sie man dann da wie kann seit nach unten immer wieder habe hat mir uns jeden os um uma na nas ao ou com
    sem nao eu meu minha ja foi tem quando quem fica ver dali mesmo
"""
SAYING_NOTHING = frozenset(_SMALL.split())
"""German and Portuguese too: what no table knows counts as a word of its own."""
