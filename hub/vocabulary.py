"""Words customers and developers use for the same thing, English and Spanish: two of a line mean one thing.

A word counts in any case, with or without accents; `*` at its end stands for any ending. What stands on several lines
means all of them, and is compared by the first. The last table is what says nothing of a problem.
"""

SYMPTOMS: dict[str, str] = {
    "crash": """
        crash*, segfault*, sigsegv, segmentation fault, access violation, core dump*, blows up, quits, dies,
        shuts down, closes itself, closes by itself, exits unexpectedly, se cierra, se cerro, cierra sola,
        cierra solo, cierre inesperado, se sale, force close*, unhandled exception, panic*, abort*, app closes
    """,
    "freeze": """
        freez*, froze, frozen, hang, hangs, hung, hanging, stuck, unresponsive, not responding, never returns,
        never ends, never finishes, deadlock*, endless*, infinite*, spinner, spinning, forever, keeps loading,
        stall*, lock up, locks up, se cuelga, se colgo, colgado, colgada, congel*, se traba, trabado, trabada,
        pegada, pegado, bloquea, se queda, no responde, no termina, bucle, loop*, sin parar, una y otra vez,
        over and over
    """,
    "missing": """
        missing, gone, lost, lose, loses, disappear*, vanish*, not found, not there, not shown, no longer,
        never arrives, never arrived, not arriving, falta, faltan, desaparec*, perdi, perdieron, pierde,
        pierden, perdido, perdida, no aparece*, no sale, no salen, no llega*, ya no, no encuentra, no
        encuentro, sin resultados, absent, dropped, removed
    """,
    "empty": """
        blank, empty, nothing, white page*, white screen, zero, none, null, undefined, vacio*, vacia*, en
        blanco, en cero, blanco, blanca, nada
    """,
    "black": "black, dark, negro, negra, oscuro, oscura, night, noche",
    "slow": """
        slow*, sluggish, lag, lags, laggy, latency, performance, takes ages, takes forever, takes too long,
        tarda*, lent*, demora*, timeout*, time out, timed out, times out, request timed out, seconds to,
        minutes to
    """,
    "twice": """
        twice, double*, duplicate*, two times, repeated*, repeat*, triplicate, three times, several times,
        identical, doble, dobles, dos veces, duplicad*, repetid*, repite*, varias veces, tres veces, again and
        again
    """,
    "denied": """
        denied, refused, rejected, declined, forbidden, not allowed, permission*, unauthori*, unauthenticated,
        access denied, 401, 403, eacces, locked out, blocked, rechaz*, denegad*, permiso*, no autorizad*,
        prohibid*, sin acceso, declinad*, invalid*, incorrect*
    """,
    "garbled": """
        garbled, gibberish, corrupt*, encoding, utf8, utf-8, mojibake, strange characters, weird characters,
        random symbols, broken characters, squares, tofu, boxes, glyph*, caracteres raros, simbolos raros,
        codificacion, danado*, danada*, accent*, acento*, umlaut*, non-ascii, unicode, non-latin, cyrillic,
        cjk, distorted
    """,
    "layout": """
        layout, cut off, overlap*, covers, misaligned, stretched, cropped, tapa, se corta, cortad*, descuadr*,
        deformad*, encima, out of place, wrong position, misplaced, padding
    """,
    "blurry": "blurry, fuzzy, smeared, pixelated, borros*, unsharp, hidpi, dpi, retina, 4k, scaling, scaled",
    "late": "late, delay*, tarde, retras*, after the, behind schedule",
    "reset": """
        reset*, forgets, forgotten, doesn't remember, not remembered, not kept, lose my, olvida, no recuerda,
        cleared, clears
    """,
    "leak": "leak*, memory, heap, oom, out of memory, ram, rss, memoria",
    "down": """
        down, outage*, unavailable, offline, 502, 503, unreachable, caido, caida, se cayo, fuera de servicio,
        sin servicio
    """,
    "insecure": "certificate*, ssl, tls, https, certificado*, not secure, no es segura, ca bundle, cert, self signed",
    "redirect": "redirect*, sends me back, sent back, back to the, regresa, devuelve a, redirig*",
    "notfound": "404, not found, no encontrad*, enoent, no such file, file not found",
    "limit": "limit*, maximum, quota*, maxim*, rate limit*, 429, too many, too large, 413, tope, exceed*",
    "stale": "stale, outdated, old, viejo*, vieja*, antigu*, not updated, desactualiz*",
}
"""How something goes wrong: who shares one of these more likely means the same problem."""

DEEDS: dict[str, str] = {
    "fail": """
        fail*, error*, broken, breaks, broke, bug, bugs, fault*, exception*, traceback, throws, thrown, wrong,
        goes wrong, not working, does not work, doesn't work, don't work, isn't working, stopped working,
        won't, can't, cannot, can not, unable, impossible, dead, no effect, does nothing, nothing happens,
        ignored, falla*, fallo*, no funciona*, dejo de, dejaron de, no anda, no sirve, no puedo, no podemos,
        no pueden, no puede, no deja, no me deja, no pasa nada, roto, rota, averia*, imposible, no hace nada
    """,
    "export": """
        export*, download*, descarg*, bajo, baje, bajar, bajarme, save as, exportar, exporta*, dump, output,
        saca, sacar
    """,
    "import": """
        import*, upload*, subo, sube, suben, subi, subir, subido, subiendo, carga, cargar, cargo, adjuntar,
        attach*, load the, loaded
    """,
    "signin": """
        login*, log in, logs in, logged in, logging in, sign in, signing in, signed in, signin, inicio*
        sesion, iniciar sesion, inicia sesion, entrar, acceder, acceso, loguear*, logue*, authenticat*,
        autentic*, auth
    """,
    "signout": """
        logout, log out, logged out, sign out, signing out, signed out, sign off, cerrar sesion, cierra la
        sesion, cerro la sesion, session expired, session ended, session expires, sesion caduc*
    """,
    "signup": "register*, registration, signup, sign up, create an account, registr*, crear cuenta, darme de alta",
    "delete": """
        delet*, remov*, erase*, borr*, elimin*, dar de baja, close my account, discard*, drop, drops, unmount*
    """,
    "cancel": "cancel*, anul*, unsubscribe*, stop my plan, dar de baja, baja, terminate*",
    "save": "save*, saving, guard*, persist*, store, stores, stored, write, writes, autosave",
    "print": "print*, imprim*, impresora*, impres*, cups",
    "search": "search*, find, finds, lookup, buscador*, busc*, busqueda*, query, results, resultados, hits",
    "filter": "filter*, filtr*",
    "sort": "sort*, order by, ordering, orden*, reorder*, re-order*, ordena*, random, desordenad*",
    "scroll": "scroll*, desplaz*, infinite scroll",
    "copy": """
        copy, copies, copied, copia, copiar, copio, paste, pasting, pasted, pegar, pego, clipboard,
        portapapeles, yank
    """,
    "drag": "drag*, drop, dropping, arrastr*, soltar",
    "undo": "undo*, redo, deshacer, ctrl-z, ctrl+z, history",
    "update": """
        updat*, upgrad*, new version, latest version, newest version, last release, actualiz*, nueva version,
        version nueva, migrat*, migrac*, since the last, pulling
    """,
    "install": "install*, setup, reinstall*, instal*, pip, npm, wheel, package*, build from source",
    "start": """
        start*, boot*, launch*, open, opens, opening, splash*, abrir, abre, abren, abro, abri, arranc*,
        inici*, begins
    """,
    "sync": "sync*, synchroni*, sincroni*, replicat*",
    "connect": "connect*, reconnect*, connection, disconnect*, conect*, conexion*, desconect*, link, socket*, drops",
    "retry": "retry*, retries, retried, reintent*, resend*, re-sends, again",
    "type": "typing, type, typed, escrib*, input, enter text, teclear",
    "display": "show*, display*, render*, appear*, visible, mostr*, muestra*, aparec*, sale, salen, drawn, ve",
    "resize": "resiz*, zoom*, scale, maximiz*, tamano",
    "change": "chang*, edit*, modif*, cambi*, alter",
    "add": "add, adds, added, adding, create*, new, agreg*, anad*, crea*, nuevo*, nueva*",
    "send": "send*, sent, deliver*, envi*, mand*, entreg*",
    "receive": "receiv*, get, gets, got, arriv*, recib*, lleg*",
    "assign": "assign*, asign*, delegat*",
    "invite": "invit*, teammate*, colleague*, companer*, coworker*",
    "merge": "merg*, combin*, fusion*, unir",
    "select": "select*, choos*, pick, picks, seleccion*, eleg*, marcar, highlight*",
    "close": "clos*, cerrar, quit*, exit*, salir, shutdown, shut down",
    "click": "click*, tap, tapping, press*, puls*, clic, presion*, touch*, apret*, le doy a",
    "configure": """
        setting*, preference*, config*, option*, ajuste*, opcion*, preferenc*, customiz*, parameter*, propert*
    """,
}
THINGS: dict[str, str] = {
    "invoice": "invoice*, bill, bills, billing, factur*, receipt*, recibo*",
    "payment": """
        pay, pays, paid, payment*, paying, checkout, charge*, charged, pago*, pagar, pagu*, cobr*, cargo,
        billed
    """,
    "card": "card, cards, credit card, debit card, visa, mastercard, tarjeta*",
    "refund": "refund*, money back, reembols*, devoluc*, devuelv*, chargeback*",
    "discount": "discount*, coupon*, promo*, voucher*, cupon*, descuent*, rebaj*",
    "subscription": "subscription*, plan, plans, suscripci*, membership, licen*, seat*",
    "tax": "tax*, vat, iva, nif, cif, igic, impuesto*, rfc",
    "price": "price*, precio*, cost, costs, tarifa*, amount*, importe*, total*, sum, suma*",
    "currency": "currenc*, dollar*, euro*, peso*, moneda*, divisa*, usd, eur, mxn",
    "bank": "bank*, banco*, bancari*",
    "password": "password*, passcode, contrasen*, clave*, credential*, passphrase",
    "code": """
        verification code, 2fa, two-factor, two factor, otp, authenticator*, dos pasos, codigo de
        verificacion, mfa
    """,
    "account": "account*, cuenta*, profile*, perfil*",
    "user": "user*, usuari*, member*, miembro*, people, person*, gente",
    "customer": "customer*, client, clients, cliente*, contact*, guest*, patient*, paciente*",
    "employee": "employee*, staff, emplead*, trabajador*, worker, courier*, driver*, repartidor*, conductor*",
    "order": "order, orders, pedido*, orden, ordenes, purchase*, compra*",
    "cart": "cart, carts, basket*, carrito*, cesta*",
    "product": "product*, article*, item*, articulo*, sku*",
    "stock": "stock*, inventor*, existencias, almacen*, warehouse*, depot",
    "shipping": "ship, shipping, shipment*, envio*, parcel*, paquete*, courier*, delivery",
    "tracking": "track*, seguimiento, rastre*",
    "label": "label*, etiquet*",
    "report": "report, reports, informe*, reporte*, statement*",
    "pdf": "pdf*",
    "spreadsheet": "excel, xls, xlsx, spreadsheet*, hoja de calculo, csv, planilla*",
    "file": "file, files, archivo*, fichero*, document*, attachment*, adjunto*, docx",
    "folder": "folder*, director*, carpeta*, path, paths, ruta",
    "image": "image*, picture*, photo*, foto*, imagen*, screenshot*, thumbnail*, camera, camara*, gallery, galeria",
    "video": "video*, movie*, stream*",
    "call": "call, calls, meeting*, videollamada*, llamada*, reunion*, conference*",
    "sound": "sound*, audio, mic, microphone*, sonido*, microfono*, oye, hear, noise*, crackl*, volume, voice",
    "recording": "record, recording*, recorded, grabaci*, grabar",
    "calendar": "calendar*, calendari*, agenda*, schedul*",
    "appointment": "appointment*, booking*, booked, book, cita, citas, reserv*, slot*",
    "date": "date, dates, fecha*, day, days, dia, dias, month first",
    "time": """
        hour*, time zone, timezone*, time change, clocks change*, dst, daylight, zona horaria, cambio de hora,
        hora*
    """,
    "reminder": "remind*, recordatori*",
    "notification": "notif*, alert*, aviso*, push, avis*",
    "email": "email*, e-mail*, mail*, correo*, inbox, smtp",
    "message": "message*, mensaje*, sms, text message*, chat*, whatsapp",
    "comment": "comment*, comentari*, repl*, respuesta*, thread*",
    "mention": "mention*, mencion*, tagging",
    "form": "form, forms, formulari*, field, fields, campo*",
    "required": "required, mandatory, obligatori*, requerid*",
    "button": "button*, boton*",
    "menu": "menu*, toolbar*, sidebar*, navigation",
    "icon": "icon*, logo*",
    "window": "window*, ventana*, dialog*, modal*, popup*, pop-up*, sheet",
    "screen": "screen*, pantalla*, monitor*, display",
    "page": "page, pages, pagina*, site, website*, web, sitio*",
    "list": "list, lists, lista*, table, tables, tabla*, grid, rows, filas",
    "column": "column*, columna*",
    "dashboard": "dashboard*, home page, panel*, homepage, tablero*",
    "chart": "chart*, graph, graphs, grafic*, plot, plots, diagram*",
    "map": "map, maps, mapa*, pin, pins, marker*, marcador*",
    "location": "location*, gps, position*, ubicaci*, posicion*, geoloc*, zone, zona, area, place",
    "address": "address*, direccion*, street*, calle*, domicilio*",
    "suggestion": "autocomplet*, suggestion*, sugerenc*, completion*, intellisense",
    "language": "language*, locale*, translat*, idioma*, traduc*, spanish, english, espanol, ingles, i18n",
    "theme": "theme*, dark mode, dark theme, modo oscuro, tema, light mode, night mode",
    "color": "color*, colour*, ansi",
    "font": "font*, text size, letra*, fuente*, typeface*",
    "keyboard": "keyboard*, shortcut*, hotkey*, keybind*, key binding*, atajo*, teclado*, ctrl*, keypress*, keys",
    "mouse": "mouse, cursor*, pointer*, caret, raton, hover*, tooltip*",
    "phone": "phone*, mobile, cell*, smartphone*, iphone*, android, telefono*, movil*, celular*, ios",
    "tablet": "tablet*, ipad*",
    "app": "app, apps, application*, aplicaci*, program",
    "browser": "browser*, chrome, firefox, safari, edge, navegador*",
    "battery": "battery, batteries, bateria*, drain*, power consumption",
    "network": "network*, internet, wifi, proxy, firewall",
    "server": "server*, servidor*, backend, host",
    "cache": "cache*, cached, cookie*",
    "link": "link, links, enlace*, url*, liga, vinculo*",
    "token": "token*, api key*, apikey, secret",
    "webhook": "webhook*, callback*, endpoint*",
    "integration": "integrat*, integraci*, zapier, zap, connector*",
    "plugin": "plugin*, plug-in*, extension*, addon*, add-on*, complement*, module*",
    "role": "role*, permission*, permiso*, rol, roles, admin*",
    "backup": "backup*, copia de seguridad, respaldo*, restor*, restaur*",
    "signature": "signature*, signed, firma, firmas, firmar, firmado, firmen",
    "barcode": "barcode*, codigo de barras, codigos de barras, scan*, escane*, qr, lector",
    "register": "cash register, pos, caja, point of sale, punto de venta, drawer, cajon*, till",
    "points": "points, puntos, loyalty, fideli*",
    "gift": "gift*, regalo*",
    "payroll": "payroll*, payslip*, nomina*, salary, overtime, horas extra",
    "vacation": "vacation*, holiday*, vacaciones, leave balance, days off",
    "clockin": "clock in, clocking, check-in, check in, fichar*, fichaje*, time sheet, punch in",
    "route": "route*, ruta*, path planner",
    "captcha": "captcha*, robot",
    "offline": "offline, sin conexion, no internet, without internet, lost wifi, sin internet",
    "draft": "draft*, borrador*, note, notes, nota, notas, text, texto",
    "summary": "summar*, resum*",
    "format": "format*, formato*",
    "parse": "pars*, lexer, tokeniz*, lex",
    "database": "database*, db, sqlite*, postgres*, mysql, sql, base de datos",
    "lock": "lock, locks, locked, locking, deadlock*, mutex, bloque*",
    "thread": "thread*, concurren*, parallel*, race*, worker*",
    "migration": "migration*, alter table, migrac*",
    "log": "log, logs, logfile*, logging, logrotate, registro",
    "test": "test, tests, testing, spec, specs",
    "build": "build*, compil*, clang, gcc, bundle",
    "container": "docker*, container*, kubernetes, k8s, helm, pod, image",
    "typeerror": "typeerror, undefined is not, cannot read propert*, nullpointer*, null pointer, npe, nonetype",
    "symlink": "symlink*, symbolic link*, dangling",
    "filename": "filename*, file name*, rename*, nombre del archivo, capitali*",
    "case": "case sensitive, case-sensitive, case insensitive, case-insensitive, lowercase, uppercase, capital*",
    "separator": "delimiter*, separator*, separador*, comma, semicolon, coma",
    "progress": "progress*, percent, 99%, 100%, progreso",
    "keepalive": "keepalive*, keep-alive, heartbeat*, ping, pings, idle",
    "accessibility": "accessib*, screen reader*, accesib*",
    "privacy": "privacy, gdpr, rgpd, private, privad*, personal data, datos personales",
}
MEANINGS = SYMPTOMS | DEEDS | THINGS

SAYING_NOTHING = """
    a about above actually after again all also always am an and another any anyone anything are as at be because
    been before being below between both but by can could did do does doing done during each either else even ever
    every few for from further had has have having he her here hers him his how however i if in into is it its
    itself just know let like made make makes many may maybe me might more most much must my myself neither no nor
    not now of off on once one only or other others our ours out over own please quite rather really said same
    seem seems shall she should since so some someone something still such than that the their theirs them then
    there these they thing things this those though through thus to too try tried trying two under until up us use
    used uses using very via want wants was way we well went were what whatever when where whether which while who
    whom whose why will with within would yes yet you your yours hi hello hey dear team thanks thank regards help
    need needs kindly cheers sorry s t d ll ve re m isn aren wasn weren doesn don didn won couldn shouldn wouldn
    hasn haven hadn ain im ive id
    al algo algun alguna alguno algunas algunos alla alli ante antes aqui asi aun aunque bien buena buenas bueno
    buenos cada casi como con contra cual cuales cuando cuanto de del desde donde dos durante e el ella ellas
    ellos en entre era eran eres es esa esas ese eso esos esta estaba estaban estan estar estas este esto estos
    estoy fue fueron ha haber habia han hasta hay haya he hemos hace hacen hacer hago hizo hola gracias favor
    porfa igual incluso ir la las le les lo los luego mas me mi mis mia mientras mismo misma mucho mucha muchos
    muchas muy nos nosotros nuestra nuestro nuestras nuestros o os otra otras otro otros para pero poco por porque
    pues que quien quiero quisiera se sea sean ser si sido siempre sin sino sobre solo son soy su sus suya tal
    tambien tampoco tan tanto te tengo tener tiene tienen toda todas todo todos tras tu tus u un una unas uno unos
    usted ustedes va vamos van varias varios ver vez veces voy y ya yo saludos ayuda ayer hoy
"""
