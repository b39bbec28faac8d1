/** The layers of a model that one would try first as features. */
package layertap.suggest.layer;
