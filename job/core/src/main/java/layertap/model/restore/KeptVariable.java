package layertap.model.restore;

import java.io.Serializable;
import layertap.model.checkpoint.BundleEntry;

/**
 * A variable that a truncated model needs.
 *
 * @param node name of the constant that takes its value
 * @param entry where the value lies
 */
public record KeptVariable(String node, BundleEntry entry) implements Serializable {}
