"""Ordinary English words of up to four letters.

A word of this length that a page never writes small is an acronym more often than not, unless it is
one of these.
"""

from __future__ import annotations

_LIST = """
a able acid acme act ad add aft age aged aid aim air akin all ally aloe also amid an and ant ante anti any
ape aqua arc arch area arid arm army art as ash ask at atom aura auto away awe axe axes axis axle baby back
bad bag bail bait bald bale ball balm ban band bane bank bar barb bare bark barn base bash bath bay be bead
beam bean bear beat beck bed bee beef been beep beet bell belt bend best bet beta bi bias bid big bike bile
bill bin bind bird bit bite blip blob bloc blot blow blue blur boa boar body boil bold bolt bomb bond bone
book boom boot bore both bout bow bowl box boy bran bred brew brim brow buck bud buff bug bulb bulk bull
bump bun buoy burn burr bus bush busy but butt buy buzz by byte cab cafe cage cake calf call calm camp can
cane cap cape car card care carp cart case cash cast cat cave cell char chat chef chi chin chip chop cite
city clad clam claw clay clip clog clot clue co coal coat coax cod coda code cog coil coin cold colt comb
come cone cook cool cope copy cord core cork corn cost cow cozy crab cram crew crib crop crow cub cube cue
cuff cult cup curb cure curl cut cyan dam damp dare dark dart dash data date dawn day de dead deaf deal deck
deed deem deep deer deft dell demo dent deny desk dew dewy dial dice die diet dig dim dine dip dire dirt
disc dish disk dock doe dog dome done doom door dope dorm dose dot dove down doze drag draw drip drop drug
drum dry dual dub duck duct dude due duel dull dump dune dusk dust duty dyad dye each ear earn east easy eat
echo eddy edge edit eel egg ego elf elm else end epic era err eta etch eve even ever evil ex exam exit expo
eye face fact fad fade fail fair fall fame fan far farm fast fat fate fax fear fed fee feed feel feet felt
fend fern few fill film fin find fine fire firm fish fist fit five fix flag flap flat flaw flax flea flee
flex flip flow flu flux fly foam foe fog foil fold folk font food foot for fore fork form fort foul four
fowl fox free frit frog from fry fuel full fun fund fur fuse fuzz gag gain gait gala gang gap gape gas gash
gasp gate gaze gear gel gene germ get gift gig gild girl gist give glad glen glow glue glut go goal goat god
gold golf good gore gout gown grab gray grey grid grim grip grit grow grub gulf gum gun gust gut guy hack
hail hair half hall halo halt hand hang hard hare harm hash hasp hate haul hawk hay haze head heal heap hear
heat heed heel heir held helm help hem hemp hen herb herd here hero hers hew hex hide high hike hill hint
hip hire hit hive hoax hog hold hole home hone hood hoof hook hop hope horn host hot hour how howl hub hue
huge hull hum hunt hurl hush hymn ice icon idea idle idol if ilk imp in inch ink inn ion iota ire iris iron
is isle itch item its ivy jack jade jail jam jar jaw jay jazz jeep jerk jest jet jig job jog join joke jolt
jot jump junk jury just kale keel keen keep keg kelp key kick kid kill kiln kind king kiss kit kite knee
knit knob knot know lab lace lack lag lair lake lamb lamp land lane lap lard lark lash last late lava law
lawn lax lay lazy lead leaf leak lean leap left leg lens less let lick lid lie lied life lift like lilt lily
limb lime limp line link lint lion lip list live load loaf loan lob lobe lock loft log loin lone long look
loom loop loot lope lord lose loss lost lot loud love low luck lugs lull lump lung lure lush lye mad maid
mail maim main make male mall malt man mane many map mare mark mask mass mast mat math max may maze meal
mean meat meek melt memo mend menu mesa mesh meta mica mice mid mild mile milk mill mime min mind mine mini
mink mint miss mist mite mix moat mob mock mode mold mole mono mood moon moor moot more moss most moth move
mow mu much mud mug mule muse mush must mute myth nail name nap nave navy neap near neat neck need neon nest
net new news newt next nib nil nine no nod node non none nook noon norm nose not note noun now nu nude null
nun nut oak oar oat oath obey odd of off oil old omit omni on once one only onus ooze opal open opt opus or
oral orb ore ours oust oval oven over owl own oxen pace pack pact pad page paid pain pair pal pale palm pan
pant papa para park part pass past path pave paw pawl pay pea peak pear peat peek peel peer peg pelt pen
pent per perk perm pest pew phi pi pick pie pier pig pike pile pill pin pine pink pint pipe pit pith pity
plan play plea plod plot plow ploy plug plum plus ply pod poem poke pole poll polo poly pond pony pool poor
pop pore pork port pose posh post pot pour pout pray pre prey pro prom prop pry psi puck puff pull pulp puma
pump pun punk pup pure push put quad quay quip quit quiz race rack raft rage raid rail rain rake ramp ran
rank rant rap rapt rare rasp rate rave raw ray re read real reap rear red reed reef reel rein rely rent rest
rho rib rice rich ride riff rift rig rim rind ring rink riot rip ripe rise risk rite road roam roar rob robe
rock rod roe role roll roof rook room root rope rose rot rout row rub rude rug ruin rule rum run rung ruse
rush rust rye sac sack safe sag sage sail sale salt same sand sane sap sash saw say scab scam scan scar sea
seal seam sear seat sect seed seek seen seep seer self sell semi send set sew shed shim shin ship shoe shop
shot show shun shut shy side sift sigh sign silk sill silo silt sine sinh sink sip sire site six size skew
ski skid skim skin skip sky slab slag slay sled slim slip slit slot slow slug sly smog smug snag snap snow
snub snug so soak soap soar sob sock soda sofa soft soil sole solo some song soon soot sort soul soup sour
sow soy spa spam span spar spew spin spit spot spur stab stag star stay stem step stew stir stop stow stub
stud stun sty sub such suds sued suit sulk sum sump sun sure surf swan swap sway swim tab tack tact tad tag
tail take tale talk tall tame tan tang tank tap tape tar tart task tau taut tax taxi tea teal team tear teat
tech teen tell ten tend tent term tern test text than that thaw the them then they thin this thud thug tic
tick tide tidy tie tier tile till tilt time tin tint tiny tip tire to toad toe tofu toil toll tomb ton tone
tong too tool top torn toss tot tote tour tow toy tram trap tray tree trek tri trim trio trip trot troy true
tub tuba tube tuck tug tuna tune turf turn tusk twig twin two type ugly un undo uni unit up upon urge urn
use used user vain van vane vary vase vast vat veal veer veil vein vent verb very vest veto vex via vial vie
view vine visa vise void volt vote vow wad wade wage wait wake walk wall wand wane want war ward warm warn
warp wart was wash wasp watt wave wavy wax way weak wean wear web weed week weep weir weld well west wet
what when whey whim whip whir whiz who why wick wide wife wig wild will wilt wily wind wine wing wire wise
wisp wit with wok wolf womb wood wool word work worm worn wrap wren wry xi yak yam yard yarn yaw year yell
yes yet yew yoga yoke yolk you zeal zero zest zeta zinc zip zone zoom
"""

SHORT_WORDS = frozenset(_LIST.split())
