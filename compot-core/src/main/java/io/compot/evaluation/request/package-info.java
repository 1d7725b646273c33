/** Questions to a language model in tokens, and their log-likelihoods. */
@NullMarked
package io.compot.evaluation.request;

import org.jspecify.annotations.NullMarked;
