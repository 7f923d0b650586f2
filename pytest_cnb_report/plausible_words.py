"""Words for names that tell nothing: of neither the suite, a scenario nor a part in it."""

WORDS = tuple(
    """
    acorn amber anchor apricot atlas badger basil beacon birch bramble breeze bridge brook canyon
    cedar cherry clover cobalt comet copper coral cosmos cricket crystal dahlia delta dune eagle
    ember falcon fern fjord flint forest garnet ginger glacier granite gravel grove harbor hazel
    heron hollow indigo iris island ivory jasmine jasper juniper kestrel kiwi lagoon lantern lark
    laurel lemon lilac linen lotus lunar lupin magnet mango maple marble marina meadow mercury
    mosaic myrtle nectar nickel nutmeg oak oasis olive onyx opal orchid osprey otter oyster paprika
    pebble pepper pine plum poplar prairie quartz quill raven reef ridge river robin saffron sage
    sapphire sierra silver sparrow spruce summit sunset swift thistle timber topaz tulip tundra
    umber valley velvet violet walnut willow winter wren yarrow zephyr zinc
    """.split()  # noqa: SIM905 - a list of a hundred strings is no easier to read
)
