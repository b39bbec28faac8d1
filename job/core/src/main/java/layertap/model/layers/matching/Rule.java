package layertap.model.layers.matching;

/**
 * Concludes facts about one call from what is known. A rule concludes only what is certain, and
 * nothing that more knowledge could take back: so the order in which rules run does not matter.
 */
public interface Rule {
  /** Adds to the facts what follows for the call; leaves them as they are if nothing does. */
  void conclude(TopologyCall call, Facts facts);

  /**
   * Whether what the rule concludes for a call follows from calls of other layers, too, that share
   * no tensor with it: it runs for all calls again once no rule finds anything.
   */
  default boolean asksOtherLayers() {
    return false;
  }

  /**
   * Whether the rule compares the call with all others of its model, or chooses between equals, and
   * so runs only where no other finds anything.
   */
  default boolean isLastResort() {
    return false;
  }
}
