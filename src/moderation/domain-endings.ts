import { folded } from './folded-text.ts';

/** Endings of countries and territories (ISO 3166-1, and those in use beside it). */
const OF_COUNTRIES =
  'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf ' +
  'cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg ' +
  'gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn ' +
  'kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na ' +
  'nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh ' +
  'si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve ' +
  'vg vi vn vu wf ws ye yt za zm zw';

/**
 * Endings for everybody that are much used. Endings that are common words of sentences, such as `how` and `one`, are left
 * out: people forget the space behind a full stop.
 */
const GENERAL =
  'academy aero agency app arpa art asia bank bar best bet bid bike biz blog boutique build business buzz cafe cam camp ' +
  'capital cards care casa cash casino cat cfd chat church city click cloud club codes com community company coop cyou ' +
  'date dating deals dev digital direct directory dog domains download earth edu education email energy estate events ' +
  'exchange expert express faith family fan fans farm finance fit fun fund fyi gallery game games gay gift gifts global ' +
  'gmbh gold gov group guide guru help homes host hosting hotel house icu immo inc info ink institute int jobs kim land ' +
  'lat legal life limited limo link live loan loans lol ltd market marketing mba media men mil mobi moda moe mom money ' +
  'monster museum name net network news ngo ninja nyc onl online onion org page partners party pet photo photography ' +
  'photos pics pictures pink porn post press pro productions promo properties pub quest racing realty recipes rent rest ' +
  'restaurant review reviews rip rocks sale salon sbs school science services sex sexy shop site ski social software ' +
  'solutions space sport store stream studio style supply support systems tattoo tax taxi team tech technology tel tips ' +
  'today tools top tours town toys trade trading training travel tube university uno ventures vet video vip vision vote ' +
  'voyage wang watch webcam website wedding wiki win wine works world wtf xin xxx xyz yoga zip zone';

/** Endings in other scripts than Latin. */
const OF_OTHER_SCRIPTS =
  'рф рус бел укр срб мкд мон қаз бг ею онлайн сайт москва дети орг ком католик ελ ευ հայ გე ישראל קום ' +
  '中国 中國 香港 台湾 台灣 新加坡 澳门 澳門 网络 公司 网址 在线 中文网 集团 我爱你 商城 网店 网站 公益 移动 手机 游戏 娱乐 商店 政务 企业 ' +
  '世界 信息 购物 广东 佛山 みんな コム ストア セール クラウド 한국 닷컴 닷넷 삼성 ไทย คอม ລາວ ලංකා இலங்கை இந்தியா சிங்கப்பூர் ' +
  'भारत संगठन कॉम नेट ভারত বাংলা ਭਾਰਤ ભારત ଭାରତ ಭಾರತ ഭാരതം భారత్ ' +
  'عرب مصر السعودية السعوديه امارات ایران ايران الاردن فلسطين قطر تونس المغرب الجزائر عمان سورية العراق ' +
  'مليسيا موريتانيا البحرين ليبيا لبنان پاکستان پاكستان بھارت شبكة موقع كوم بازار همراه ارامكو عراق سودان';

const ENDINGS = new Set([OF_COUNTRIES, GENERAL, OF_OTHER_SCRIPTS].flatMap((list) => folded(list).split(' ')));

/** Whether a label of a host name, folded, may be its last: of a list, or encoded from another script (RFC 3492). */
export function isDomainEnding(label: string): boolean {
  return ENDINGS.has(label) || label.startsWith('xn--');
}
