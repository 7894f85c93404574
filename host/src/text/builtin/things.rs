//! Foods with their colours and tastes, and the calendar.

use super::topic::Topic;

/// Foods: kind, colour, taste and use.
pub(super) const FOODS: Topic = Topic {
    columns: "food kind colour taste use",
    rows: &[
        "apple fruit red/green sweet/crisp pie/juice",
        "banana fruit yellow sweet/soft milkshake/pudding",
        "lemon fruit yellow sour/fresh lemonade/cake",
        "cherry fruit red sweet/sour jam/pie",
        "plum fruit purple/blue sweet/sour jam/cake",
        "pear fruit green/yellow sweet/soft juice/tart",
        "strawberry fruit red sweet/fresh jam/milkshake",
        "carrot vegetable orange crisp/sweet soup/salad",
        "potato vegetable brown/yellow mild/soft soup/stew",
        "tomato vegetable red fresh/mild sauce/salad",
        "onion vegetable white/brown bitter/sharp soup/stew",
        "cucumber vegetable green fresh/mild salad/sandwich",
        "cabbage vegetable green/white bitter/mild stew/salad",
        "spinach vegetable green bitter/soft soup/salad",
        "pepper spice black/white hot/sharp sauce/stew",
        "salt mineral white salty sauce/soup",
        "sugar powder white/brown sweet cake/pudding",
        "bread loaf brown/white crisp/soft toast/sandwich",
        "butter spread yellow soft/salty toast/cake",
        "milk drink white mild/fresh milkshake/pudding",
        "chocolate treat brown/black sweet/bitter cake/pudding",
    ],
    sentences: &[
        "{food} is a {kind} and its colour is {colour}",
        "the {food} tastes {taste} in a {use}",
        "a {colour} {food} is good for a {use}",
        "for the {use} we need {food} and water",
        "{taste} {food} is sold at the market",
        "the colour {colour} reminds us of {food}",
    ],
};

/// Days and months, each with the one before, the one after and something that it is known for.
pub(super) const CALENDAR: Topic = Topic {
    columns: "name before after kind known",
    rows: &[
        "monday sunday tuesday day/weekday school/work",
        "tuesday monday wednesday day/weekday school/work",
        "wednesday tuesday thursday day/weekday school/work",
        "thursday wednesday friday day/weekday school/work",
        "friday thursday saturday day/weekday school/cinema",
        "saturday friday sunday day/weekend cinema/picnics",
        "sunday saturday monday day/weekend church/picnics",
        "january december february month winter/snow",
        "february january march month winter/carnival",
        "march february april month spring/wind",
        "april march may month spring/rain",
        "may april june month spring/blossoms",
        "june may july month summer/roses",
        "july june august month summer/holidays",
        "august july september month summer/holidays",
        "september august october month autumn/harvest",
        "october september november month autumn/leaves",
        "november october december month autumn/fog",
        "december november january month winter/snow",
    ],
    sentences: &[
        "{name} is the {kind} after {before}",
        "after {name} comes the {kind} {after}",
        "{name} is a {kind} of {known}",
        "in/on {name} we have {known}",
        "{before} and {name} and {after} follow each other",
    ],
};
