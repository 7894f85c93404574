//! Jobs: singular and plural, tool, material, place and product.

use super::topic::Topic;

/// `tool` is used, `stuff` is the material, `product` is the result.
pub(super) const JOBS: Topic = Topic {
    columns: "job jobs tool stuff place product",
    rows: &[
        "carpenter carpenters hammer/saw wood/planks workshop tables/shelves",
        "baker bakers oven/whisk flour/yeast bakery bread/cakes",
        "tailor tailors needle/thimble cloth/thread boutique suits/trousers",
        "blacksmith blacksmiths anvil/tongs iron/coal forge horseshoes/nails",
        "potter potters wheel/kiln clay/glaze pottery vases/bowls",
        "mason masons trowel/chisel bricks/mortar quarry walls/arches",
        "painter painters brush/easel paint/canvas studio portraits/murals",
        "gardener gardeners rake/shears soil/compost garden tulips/hedges",
        "farmer farmers plough/tractor wheat/barley field grain/harvests",
        "fisherman fishermen net/hook cod/herring harbour catches",
        "doctor doctors stethoscope/thermometer medicine/pills clinic cures/diagnoses",
        "dentist dentists drill/mirror teeth/fillings surgery crowns/braces",
        "barber barbers scissors/comb hair/beards salon haircuts/shaves",
        "chef chefs ladle/pan meat/vegetables kitchen dinners/sauces",
        "plumber plumbers wrench/plunger pipes/taps bathroom drains/repairs",
        "soldier soldiers rifle/helmet orders/maps barracks marches/battles",
        "sailor sailors compass/rope sails/cargo deck voyages",
        "scientist scientists microscope/telescope samples/data laboratory theories/experiments",
    ],
    sentences: &[
        "a {job} works with a {tool} in the {place}",
        "the {job} takes the {tool} and some {stuff}",
        "one {job} makes {product} from {stuff}",
        "each {job} has a {tool} for the {stuff}",
        "the {job} gets paid for his/her {product}",
        "every {job} goes to the {place} for {stuff}",
        "many {jobs} work with a {tool} in the {place}",
        "most {jobs} take the {tool} and some {stuff}",
        "two/three {jobs} make {product} from {stuff}",
        "all {jobs} have a {tool} for the {stuff}",
        "several {jobs} get paid for their {product}",
        "these {jobs} go to the {place} for {stuff}",
    ],
};
