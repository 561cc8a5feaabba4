"""Names for the example's people and companies, in several alphabets, because vendors' data is."""

from __future__ import annotations

import unicodedata

COUNTRIES = ("Hungary", "Germany", "Austria", "Romania", "Türkiye", "Finland", "China", "United Kingdom", None)
COUNTRY_SHARES = (0.52, 0.12, 0.08, 0.07, 0.06, 0.05, 0.03, 0.04, 0.03)

_HUNGARIAN = (
    """Ágnes Bálint Csilla Dániel Eszter Ferenc Gergő Hajnalka Ildikó János Kálmán Lőrinc Márta Noémi Örs Péter Réka Sándor
    Tünde Zsófia""",
    """Balogh Csonka Dömötör Erdős Fülöp Gönczi Hegedűs Jakab Kőszegi Lukács Molnár Németh Őri Papp Rácz Simon Tóth Üveges
    Varga Zsoldos""",
)
_GERMAN = (
    "Anke Björn Cläre Dörte Emil Frieda Günther Heike Ingo Jörg",
    "Bauer Fuchs Groß Jäger Köhler Müller Schäfer Vogel Weiß Zöllner",
)
_TURKISH = (
    "Ayşe Çağla Emre Gökçe İlker Işıl Mehmet Özgür Şule Uğur",
    "Aydın Çelik Doğan Güneş İnce Kılıç Öztürk Şahin Yıldız Ünal",
)
_FINNISH = (
    "Aino Eero Hilla Jyrki Kaisa Onni Päivi Sää Tuuli Väinö",
    "Hämäläinen Järvinen Kääriä Lehtö Mäkelä Niemi Pääkkönen Räsänen Särkkä Ylönen",
)
_CHINESE = ("伟 芳 娜 敏 静 丽 强 磊 洋 艳", "王 李 张 刘 陈 杨 赵 黄 周 吴")
_ENGLISH = (
    "Alice Brian Chloe Declan Edith Finn Grace Harry Isla Zoé🌱",
    "Ashworth Brennan Carter D'Arcy Ellis Flynn Grant Hughes O'Neill Smith-Jones",
)
_BY_COUNTRY = (_HUNGARIAN, _GERMAN, _GERMAN, _HUNGARIAN, _TURKISH, _FINNISH, _CHINESE, _ENGLISH, _ENGLISH)

FIRST_NAMES = tuple(tuple(first.split()) for first, _ in _BY_COUNTRY)
LAST_NAMES = tuple(tuple(last.split()) for _, last in _BY_COUNTRY)

_TRADES = [
    "Logisztika",
    "Pékség",
    "Gépgyár",
    "Optika",
    "Malom",
    "Textil",
    "Bútor",
    "Energia",
    "Szoftver",
    "Labor",
    "Vízmű",
    "Kertészet",
]
_FORMS = ("Kft.", "Zrt.", "GmbH", "AG", "Oy", "A.Ş.", "Ltd", "有限公司")


def company_name(number: int) -> str:
    """Hardly ever the same twice; companies are told apart by their ids."""
    last = LAST_NAMES[number % len(LAST_NAMES)]
    name = f"{last[number // 9 % len(last)]} {_TRADES[number % len(_TRADES)]}"
    serial = number // 180
    return f"{name} {serial + 1} {_FORMS[number % len(_FORMS)]}" if serial else f"{name} {_FORMS[number % len(_FORMS)]}"


def plain(text: str) -> str:
    """Latin letters and digits for addresses; empty where there are none, as in Chinese."""
    plain_text = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ı", "i")).encode("ascii", "ignore")
    return "".join(char for char in plain_text.decode().lower() if char.isalnum())
