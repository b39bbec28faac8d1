/** Derivatives of a score as features: what is asked for, and the ops around the derivatives. */
package layertap.model.gradient;
