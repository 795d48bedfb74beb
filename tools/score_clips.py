"""Score all clips of a data set with a trained recognizer, into Parquet.

The rows have, for each candidate of a video, the class scores, a feature and
the first frame. Samplers are trained with them (LoadClipScores), and curves
are drawn from them. CONFIG is that of a sampler, CHECKPOINT that of the
recognizer. What predict.py offers holds here, too: it goes on after an
interruption, and PREDICT=score_clips bash tools/dist_predict.sh shares the
work."""

import predict

from s2dnet_mmaction.apis.bulk.all_clips import all_clips

if __name__ == '__main__':
    predict.main(description=__doc__, change=all_clips, fields=['clips'])
